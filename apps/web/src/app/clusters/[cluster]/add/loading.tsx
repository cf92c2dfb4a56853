import { members } from '@/features/members/copy.ts'
import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingForm } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Page eyebrow={<Skeleton className="h-5 w-24" />} title={members.add.page}>
      <Waiting>
        <Skeleton className="h-6 w-96 max-w-full" />
        <Skeleton className="h-10 w-80 max-w-full" />
        <WaitingForm title={members.way} fields={4} />
      </Waiting>
    </Page>
  )
}
