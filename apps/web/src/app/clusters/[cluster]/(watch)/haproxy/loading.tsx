import { haproxy as words } from '@/features/haproxy/copy.ts'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingCards, WaitingCharts, WaitingRange, WaitingTiles } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRange />
      <WaitingTiles count={6} />
      <Skeleton className="h-28 rounded-lg" />
      <WaitingCards count={3} least={36} className="h-56" />
      <WaitingCharts title={words.frontends.title} text={words.frontends.text} count={4} />
    </Waiting>
  )
}
