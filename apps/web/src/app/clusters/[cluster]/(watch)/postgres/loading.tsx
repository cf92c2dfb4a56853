import { postgres as words } from '@/features/postgres/copy.ts'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingCharts, WaitingRange, WaitingTiles } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRange />
      <Skeleton className="h-8 w-80 max-w-full" />
      <WaitingTiles count={6} />
      <Skeleton className="h-36 rounded-lg" />
      <WaitingCharts title={words.work.title} count={4} />
      <WaitingCharts title={words.sessions.title} count={2} />
    </Waiting>
  )
}
