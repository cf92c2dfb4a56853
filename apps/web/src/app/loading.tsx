import { Skeleton } from '@/ui/skeleton.tsx'

export default function Loading() {
  return (
    <div className="mx-auto grid w-full max-w-6xl gap-6 px-4 py-6 sm:px-8 sm:py-8" aria-busy="true">
      <Skeleton className="h-9 w-56" />
      <Skeleton className="h-40" />
      <Skeleton className="h-40" />
    </div>
  )
}
