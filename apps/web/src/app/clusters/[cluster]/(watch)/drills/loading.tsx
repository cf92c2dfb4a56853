import { Skeleton } from '@/components/ui/skeleton.tsx'
import { Waiting, WaitingCards } from '@/components/ui/waiting.tsx'
import { drills as words } from '@/copy/drills.ts'

export default function Loading() {
  return (
    <Waiting label={words.loading}>
      <Skeleton className="h-10 max-w-prose" />
      <WaitingCards count={9} least={21} className="h-44" />
    </Waiting>
  )
}
