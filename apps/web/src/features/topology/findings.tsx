/** Findings in words, worst first: what is wrong and the cure. */
import type { Finding } from '@bramble/cluster'
import { CircleX, TriangleAlert } from 'lucide-react'

type Said = Pick<Finding, 'level' | 'code' | 'message' | 'cure'>

export function Findings({ findings }: { findings: readonly Said[] }) {
  const sorted = [...findings].sort((a, b) => Number(b.level === 'error') - Number(a.level === 'error'))
  return (
    <ul className="grid list-none gap-2 text-sm">
      {sorted.map((finding) => (
        <li key={`${finding.code} ${finding.message}`} className="flex gap-2.5">
          {finding.level === 'error' ? (
            <CircleX className="mt-0.5 size-4 shrink-0 text-bad" aria-label="Error" />
          ) : (
            <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-label="Warning" />
          )}
          <p className="min-w-0">
            <span className="font-medium">{finding.message}</span> <span className="text-muted">{finding.cure}</span>
          </p>
        </li>
      ))}
    </ul>
  )
}
