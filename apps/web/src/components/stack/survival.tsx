/** Quorum and single points of failure, in words. */
import { type ClusterSpec, nodesWith, reviewSpec } from '@bramble/cluster'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { Fragment } from 'react'
import { cn } from '@/components/ui/cn.ts'
import { Findings } from './findings.tsx'
import { lossOf, quorumWords, survivalWords } from './resilience.ts'

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
      <details className="text-sm">
        <summary className="text-muted hover:text-foreground">What happens when one dies</summary>
        <dl className="mt-2 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
          {spec.nodes.map((node) => {
            const loss = lossOf(spec, node.name)
            return (
              <Fragment key={node.name}>
                <dt className="font-medium">{node.name}</dt>
                <dd className={loss.level === 'stops' ? 'text-warn' : 'text-muted'}>{loss.words}</dd>
              </Fragment>
            )
          })}
        </dl>
      </details>
    </div>
  )
}
