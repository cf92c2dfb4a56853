import { Page } from '@/components/ui/page.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'
import { Waiting, WaitingForm } from '@/components/ui/waiting.tsx'
import { en } from '@/copy/en.ts'
import { wizard } from '@/copy/wizard.ts'

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
