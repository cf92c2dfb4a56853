import { Page } from '@/components/ui/page.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'
import { Waiting, WaitingForm } from '@/components/ui/waiting.tsx'
import { members } from '@/copy/members.ts'

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
