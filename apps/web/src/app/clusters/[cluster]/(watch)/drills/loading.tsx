import { drills as words } from '@/features/drills/copy.ts'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingCards } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting label={words.loading}>
      <Skeleton className="h-10 max-w-prose" />
      <WaitingCards count={9} least={21} className="h-44" />
    </Waiting>
  )
}
