import { alerts as words } from '@/features/alerts/copy.ts'
import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

const actions = (
  <>
    <Skeleton className="h-10 w-40" />
    <Skeleton className="h-10 w-28" />
  </>
)

export default function Loading() {
  return (
    <Page title={words.title} description={words.description} actions={actions}>
      <Waiting className="gap-6">
        <div className="grid gap-3">
          <Skeleton className="h-28 rounded-lg" />
          <Skeleton className="h-28 rounded-lg" />
        </div>
        <WaitingRows rows={5} />
      </Waiting>
    </Page>
  )
}
