import { Skeleton } from '@/ui/skeleton.tsx'

const figures = ['requests', 'errors', 'transactions', 'lag', 'hottest', 'fullest']

/** The sizes of the live page: nothing jumps when it comes. */
export default function Loading() {
  return (
    <div className="grid gap-5" role="status" aria-label="Loading">
      <Skeleton className="h-26 rounded-xl" />
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">
        {figures.map((figure) => (
          <Skeleton key={figure} className="h-25" />
        ))}
      </div>
      <div className="grid gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(24rem,2fr)]">
        <Skeleton className="h-96" />
        <Skeleton className="h-[38rem]" />
      </div>
    </div>
  )
}
