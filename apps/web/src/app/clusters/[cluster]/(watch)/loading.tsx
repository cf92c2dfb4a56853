import { Skeleton } from '@/components/ui/skeleton.tsx'

export default function Loading() {
  return (
    <>
      <Skeleton className="h-20" />
      <div className="grid gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(22rem,2fr)]" role="status" aria-label="Loading">
        <Skeleton className="h-[38rem]" />
        <div className="grid content-start gap-6">
          <Skeleton className="h-44" />
          <Skeleton className="h-96" />
        </div>
      </div>
    </>
  )
}
