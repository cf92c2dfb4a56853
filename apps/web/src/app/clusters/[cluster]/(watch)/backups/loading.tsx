import { Skeleton } from '@/components/ui/skeleton.tsx'

export default function Loading() {
  return (
    <div className="grid gap-5" aria-busy>
      <Skeleton className="h-10 w-96 max-w-full" />
      <Skeleton className="h-52" />
      <Skeleton className="h-64" />
    </div>
  )
}
