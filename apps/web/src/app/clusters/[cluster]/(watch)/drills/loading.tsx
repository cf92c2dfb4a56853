import { Skeleton } from '@/components/ui/skeleton.tsx'
import { drills as words } from '@/copy/drills.ts'

const cards = ['a', 'b', 'c', 'd', 'e', 'f']

export default function Loading() {
  return (
    <div className="grid gap-5" role="status" aria-label={words.loading}>
      <Skeleton className="h-10 max-w-prose" />
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,21rem),1fr))] gap-4">
        {cards.map((key) => (
          <Skeleton key={key} className="h-44" />
        ))}
      </div>
    </div>
  )
}
