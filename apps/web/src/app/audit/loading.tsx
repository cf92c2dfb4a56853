import { audit as words } from '@/features/audit/copy.ts'
import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Page title={words.title} description={words.description} actions={<Skeleton className="h-10 w-28" />}>
      <Waiting className="gap-6">
        <div className="grid grid-cols-2 items-end gap-3 md:grid-cols-4 xl:grid-cols-6">
          {['who', 'text', 'what', 'outcome', 'from', 'to'].map((field) => (
            <span key={field} className="grid gap-2">
              <Skeleton className="h-3.5 w-16" />
              <Skeleton className="h-10" />
            </span>
          ))}
        </div>
        <WaitingRows rows={10} />
      </Waiting>
    </Page>
  )
}
