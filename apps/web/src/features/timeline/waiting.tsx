/** The timeline before its events are there, with their size. */
import { Skeleton } from '@/ui/skeleton.tsx'
import { timeline as words } from './copy.ts'

export function Waiting() {
  return (
    <div className="grid gap-3" role="status" aria-label={words.loading}>
      <Skeleton className="h-8" />
      <Skeleton className="h-4 w-64" />
      <Skeleton className="mt-3 h-6 w-48" />
      <Skeleton className="h-72" />
    </div>
  )
}
