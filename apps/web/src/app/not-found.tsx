import Link from 'next/link'
import { Button } from '@/components/ui/button.tsx'
import { Empty, Page } from '@/components/ui/page.tsx'
import { en } from '@/copy/en.ts'

export default function NotFound() {
  return (
    <Page title={en.notFound.title} width="narrow">
      <Empty title={en.notFound.lead}>
        <p>{en.notFound.text}</p>
        <Button asChild>
          <Link href="/">{en.notFound.back}</Link>
        </Button>
      </Empty>
    </Page>
  )
}
