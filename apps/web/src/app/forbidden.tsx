import Link from 'next/link'
import { Button } from '@/components/ui/button.tsx'
import { Empty, Page } from '@/components/ui/page.tsx'
import { en } from '@/copy/en.ts'

export default function Forbidden() {
  return (
    <Page title={en.forbidden.title} width="narrow">
      <Empty title={en.forbidden.lead}>
        <p>{en.forbidden.text}</p>
        <Button asChild>
          <Link href="/">{en.notFound.back}</Link>
        </Button>
      </Empty>
    </Page>
  )
}
