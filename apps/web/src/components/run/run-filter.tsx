'use client'
/** Which runs are shown; kept in the address, so that it can be shared. */
import { RunStatus } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/components/ui/select.tsx'
import { statuses } from '@/copy/runs.ts'
import { type Filter, runsPath } from './run-path.ts'

const any = '*'

export function RunFilter({ filter, clusters }: { filter: Filter; clusters: readonly string[] }) {
  const router = useRouter()
  return (
    <>
      <Select
        value={filter.status ?? any}
        onValueChange={(value) => {
          const status = RunStatus.safeParse(value)
          router.push(runsPath({ ...filter, status: status.success ? status.data : null }))
        }}
      >
        <SelectTrigger className="w-44" aria-label="Outcome">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value={any}>Every outcome</SelectItem>
          {RunStatus.options.map((status) => (
            <SelectItem key={status} value={status}>
              {statuses[status].label}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      {clusters.length > 1 && (
        <Select
          value={filter.cluster ?? any}
          onValueChange={(value) => router.push(runsPath({ ...filter, cluster: value === any ? null : value }))}
        >
          <SelectTrigger className="w-44" aria-label="Cluster">
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            <SelectItem value={any}>Every cluster</SelectItem>
            {clusters.map((name) => (
              <SelectItem key={name} value={name}>
                {name}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </>
  )
}
