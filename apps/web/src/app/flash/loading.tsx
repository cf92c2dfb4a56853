import { flash } from '@/features/flash/copy.ts'
import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'

export default function Loading() {
  return (
    <Page width="wide" title={flash.title} description={flash.description}>
      <div
        className="grid items-start gap-6 xl:grid-cols-[minmax(24rem,2fr)_minmax(0,3fr)]"
        role="status"
        aria-label="Loading"
      >
        <Skeleton className="h-[36rem]" />
        <Skeleton className="h-[28rem]" />
      </div>
    </Page>
  )
}
