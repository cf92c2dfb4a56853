import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'

export default function Loading() {
  return (
    <Page width="wide" title={<Skeleton className="h-8 w-64" />}>
      <div className="grid gap-6" role="status" aria-label="Loading">
        <Skeleton className="h-6 w-80" />
        <Skeleton className="h-80" />
        <Skeleton className="h-[32rem]" />
      </div>
    </Page>
  )
}
