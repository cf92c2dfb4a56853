import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingCards, WaitingRange } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRange />
      <Skeleton className="h-24 rounded-lg" />
      <WaitingCards count={6} least={24} className="h-72" />
    </Waiting>
  )
}
