import { Skeleton } from '@/ui/skeleton.tsx'
import { frame } from './frame.ts'

/** A plot that is still awaited: its place and its grid, so that nothing moves when it comes. */
export function PlotSkeleton() {
  return (
    <div
      className="absolute inset-0 grid"
      style={{ paddingLeft: frame.left, paddingRight: frame.right, paddingTop: frame.top, paddingBottom: frame.bottom }}
    >
      <Skeleton className="opacity-60" />
    </div>
  )
}
