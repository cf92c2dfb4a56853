'use client'
/** Whose alerts or rules are shown; kept in the address, so that it can be shared. */
import { useRouter } from 'next/navigation'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { alerts as words } from './copy.ts'

const any = '*'

interface ClusterChoiceProps {
  /** Page that takes `?cluster=`. */
  path: string
  clusters: readonly string[]
  value: string | null
  /** *Every cluster* can be chosen too. */
  every?: boolean
}

export function ClusterChoice({ path, clusters, value, every = false }: ClusterChoiceProps) {
  const router = useRouter()
  if (clusters.length < 2) return null
  const go = (name: string) => router.push(name === any ? path : `${path}?cluster=${encodeURIComponent(name)}`)
  return (
    <Select value={value ?? any} onValueChange={go}>
      <SelectTrigger className="w-44" aria-label={words.cluster}>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {every && <SelectItem value={any}>{words.everyCluster}</SelectItem>}
        {clusters.map((name) => (
          <SelectItem key={name} value={name}>
            {name}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  )
}
