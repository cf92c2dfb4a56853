import { Page } from '@/components/ui/page.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'

export default function Loading() {
  return (
    <Page width="wide" title="Runs" description="Every plan and every change, with its log.">
      <Skeleton className="h-96" role="status" aria-label="Loading" />
    </Page>
  )
}
