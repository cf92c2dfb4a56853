import { Page } from '@/components/ui/page.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'
import { Waiting, WaitingRows } from '@/components/ui/waiting.tsx'
import { audit as words } from '@/copy/audit.ts'

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
