import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingCards, WaitingRange } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <Skeleton className="h-7 w-72 max-w-full" />
      <Skeleton className="h-36 rounded-lg" />
      <WaitingRange />
      <WaitingCards count={6} least={20} className="h-72" />
    </Waiting>
  )
}
