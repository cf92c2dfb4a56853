import { wizard } from '@/features/new-cluster/copy.ts'
import { en } from '@/format/en.ts'
import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingForm } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Page title={wizard.title} description={wizard.description} eyebrow={en.nav.clusters}>
      <Waiting>
        <Skeleton className="h-10 max-w-2xl" />
        <WaitingForm title={wizard.title} fields={4} />
      </Waiting>
    </Page>
  )
}
