import { images as words } from '@/features/flash/images/copy.ts'
import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'

export default function Loading() {
  return (
    <Page width="wide" title={words.title} description={words.description}>
      <div
        className="grid items-start gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]"
        role="status"
        aria-label="Loading"
      >
        <Skeleton className="h-72" />
        <Skeleton className="h-96" />
      </div>
    </Page>
  )
}
