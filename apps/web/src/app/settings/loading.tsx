import { Skeleton } from '@/components/ui/skeleton.tsx'

export default function Loading() {
  return (
    <>
      <Skeleton className="h-52" />
      <Skeleton className="h-40" />
    </>
  )
}
