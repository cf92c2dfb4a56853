import { Page } from '@/components/ui/page.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'
import { Waiting, WaitingRows } from '@/components/ui/waiting.tsx'
import { alerts as words } from '@/copy/alerts.ts'

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
