import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Skeleton className="h-5 w-96 max-w-full" />
        <Skeleton className="h-10 w-72 max-w-full" />
      </div>
      <Skeleton className="h-52 rounded-lg" />
      <WaitingRows rows={4} />
      <WaitingRows rows={2} />
    </Waiting>
  )
}
