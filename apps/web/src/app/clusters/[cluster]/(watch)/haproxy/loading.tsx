import { Skeleton } from '@/components/ui/skeleton.tsx'
import { Waiting, WaitingCards, WaitingCharts, WaitingRange, WaitingTiles } from '@/components/ui/waiting.tsx'
import { haproxy as words } from '@/copy/haproxy.ts'

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
