import { Page } from '@/components/ui/page.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'
import { alerts as words } from '@/copy/alerts.ts'

export default function Loading() {
  return (
    <Page title={words.title} description={words.description}>
      <Skeleton className="h-32" />
      <Skeleton className="h-64" />
    </Page>
  )
}
