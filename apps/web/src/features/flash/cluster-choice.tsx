'use client'
/** For which cluster cards are written; kept in the address. */
import { useRouter } from 'next/navigation'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { flash } from './copy.ts'

export function ClusterChoice({ clusters, value }: { clusters: readonly string[]; value: string }) {
  const router = useRouter()
  return (
    <Select value={value} onValueChange={(name) => router.push(`/flash?cluster=${name}`)}>
      <SelectTrigger className="w-52" aria-label={flash.cluster}>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {clusters.map((name) => (
          <SelectItem key={name} value={name}>
            {name}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  )
}
