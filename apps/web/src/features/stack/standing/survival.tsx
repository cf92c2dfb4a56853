/** Quorum and single points of failure: what the stack survives now, and what it would if all were well. */
import {
  type ClusterSpec,
  type ClusterWatch,
  lossOf,
  nodesWith,
  quorumNeeded,
  quorumOf,
  reviewSpec,
  singlePoints,
  worksNow,
} from '@bramble/cluster'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { Fragment } from 'react'
import { survival as words } from '@/features/stack/copy.ts'
import { Findings } from '@/features/topology/findings.tsx'
import { cn } from '@/ui/cn.ts'
import { lossWords, promise, promiseNow, quorumNow, quorumPlan } from './copy.ts'

interface SurvivalProps {
  spec: ClusterSpec
  /** Null: by the spec alone, as planned. */
  watch: ClusterWatch | null
}

export function Survival({ spec, watch }: SurvivalProps) {
  const live = watch !== null && watch.at !== null ? watch : null
  const works = live ? worksNow(spec, live) : undefined
  const losses = singlePoints(spec, works)
  const findings = reviewSpec(spec)
  const voters = nodesWith(spec, 'etcd').length
  const quorum = live ? quorumOf(spec, live) : null
  const holds = losses.length === 0 && (quorum?.holds ?? true) && !findings.some(({ level }) => level === 'error')
  const Icon = holds ? ShieldCheck : ShieldAlert
  return (
    <div className="grid gap-3 text-sm" aria-live="polite">
      <p className="flex gap-2.5 font-medium text-base">
        <Icon className={cn('mt-0.5 size-5 shrink-0', holds ? 'text-ok' : 'text-warn')} aria-hidden />
        {!quorum
          ? promise(losses, spec.nodes.length)
          : quorum.holds
            ? promiseNow(losses, spec.nodes.length)
            : words.gone}
      </p>
      {quorum && <Voters spec={spec} watch={live as ClusterWatch} holds={quorum.holds} />}
      <p className={quorum && !quorum.holds ? 'font-medium text-bad' : 'text-muted'}>
        {quorum ? quorumNow(quorum) : quorumPlan(voters, quorumNeeded(voters))}
      </p>
      <p className="text-muted">{spec.synchronous ? words.synchronous : words.asynchronous}</p>
      {findings.length > 0 && <Findings findings={findings} />}
      <details>
        <summary className="w-fit rounded-sm text-muted hover:text-foreground">{words.each}</summary>
        <dl className="mt-2 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
          {spec.nodes.map(({ name }) => {
            const loss = lossOf(spec, name, works)
            return (
              <Fragment key={name}>
                <dt className="font-medium">{name}</dt>
                <dd className={loss.stops.length > 0 ? 'text-warn' : 'text-muted'}>{lossWords(loss, voters)}</dd>
              </Fragment>
            )
          })}
        </dl>
      </details>
    </div>
  )
}

/** One dot a voter, and the line that must be reached. */
function Voters({ spec, watch, holds }: { spec: ClusterSpec; watch: ClusterWatch; holds: boolean }) {
  const works = worksNow(spec, watch)
  const voters = nodesWith(spec, 'etcd')
  return (
    <ul className="flex list-none flex-wrap gap-1.5" aria-label={words.voters}>
      {voters.map((node) => {
        const healthy = works(node, 'etcd')
        return (
          <li
            key={node.name}
            className={cn(
              'inline-flex h-6 items-center gap-1.5 rounded-full px-2 text-xs',
              healthy ? 'bg-ok-subtle text-ok' : 'bg-bad-subtle font-medium text-bad',
              healthy && !holds && 'bg-warn-subtle text-warn',
            )}
          >
            <span className={cn('size-2 rounded-full bg-current', !healthy && 'opacity-40')} aria-hidden />
            {node.name}
            <span className="sr-only">{healthy ? words.votes : words.silent}</span>
          </li>
        )
      })}
    </ul>
  )
}
