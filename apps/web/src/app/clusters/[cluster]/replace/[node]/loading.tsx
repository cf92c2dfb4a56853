import { members } from '@/features/members/copy.ts'
import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingForm, WaitingTiles } from '@/ui/waiting.tsx'

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
