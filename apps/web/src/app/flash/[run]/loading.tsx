import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'

export default function Loading() {
  return (
    <Page width="wide" title={<Skeleton className="h-8 w-64" />}>
      <div className="grid gap-4" role="status" aria-label="Loading">
        <Skeleton className="h-24" />
        <Skeleton className="h-40" />
        <Skeleton className="h-40" />
      </div>
    </Page>
  )
}
