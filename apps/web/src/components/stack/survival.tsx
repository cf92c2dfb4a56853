/** Quorum and single points of failure, in words. */
import { type ClusterSpec, nodesWith, reviewSpec } from '@bramble/cluster'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { cn } from '@/components/ui/cn.ts'
import { Findings } from './findings.tsx'
import { quorumWords, survivalWords } from './resilience.ts'

export function Survival({ spec }: { spec: ClusterSpec }) {
  const survival = survivalWords(spec)
  const findings = reviewSpec(spec)
  const holds = survival.level === 'holds' && !findings.some((finding) => finding.level === 'error')
  const Icon = holds ? ShieldCheck : ShieldAlert
  return (
    <div className="grid gap-3" aria-live="polite">
      <p className="flex gap-2.5 font-medium">
        <Icon className={cn('mt-0.5 size-5 shrink-0', holds ? 'text-ok' : 'text-warn')} aria-hidden />
        {survival.words}
      </p>
      <p className="text-muted text-sm">
        {quorumWords(nodesWith(spec, 'etcd').length)}{' '}
        {spec.synchronous
          ? 'A commit waits for a second copy.'
          : 'Replication does not wait: the last moments of writes can be lost when the primary dies.'}
      </p>
      {findings.length > 0 && <Findings findings={findings} />}
    </div>
  )
}
