import Link from 'next/link'
import { en } from '@/format/en.ts'
import { Button } from '@/ui/button.tsx'
import { Empty, Page } from '@/ui/page.tsx'

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
