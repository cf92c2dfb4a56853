import { Page } from '@/components/ui/page.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'
import { Waiting, WaitingForm, WaitingTiles } from '@/components/ui/waiting.tsx'
import { members } from '@/copy/members.ts'

export default function Loading() {
  return (
    <Page eyebrow={<Skeleton className="h-5 w-24" />} title={<Skeleton className="h-8 w-64" />}>
      <Waiting>
        <WaitingTiles count={3} />
        <Skeleton className="h-10 w-80 max-w-full" />
        <WaitingForm title={members.way} fields={4} />
      </Waiting>
    </Page>
  )
}
