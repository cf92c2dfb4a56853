import Link from 'next/link'
import { en } from '@/format/en.ts'
import { Button } from '@/ui/button.tsx'
import { Empty, Page } from '@/ui/page.tsx'

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
