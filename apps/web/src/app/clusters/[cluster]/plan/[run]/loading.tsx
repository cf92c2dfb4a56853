import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'

export default function Loading() {
  return (
    <Page width="wide" title={<Skeleton className="h-8 w-64" />}>
      <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_24rem]" role="status" aria-label="Loading">
        <div className="grid gap-6">
          <Skeleton className="h-56" />
          <Skeleton className="h-56" />
        </div>
        <Skeleton className="h-80" />
      </div>
    </Page>
  )
}
