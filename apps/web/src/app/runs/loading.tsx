import { runList as words } from '@/features/runs/copy.ts'
import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'

export default function Loading() {
  return (
    <Page width="wide" title={words.title} description={words.description}>
      <div className="grid gap-3" role="status" aria-label="Loading">
        <Skeleton className="h-10 max-w-2xl" />
        <Skeleton className="h-9 max-w-3xl" />
        <Skeleton className="mt-3 h-36" />
        <Skeleton className="mt-3 h-96" />
      </div>
    </Page>
  )
}
