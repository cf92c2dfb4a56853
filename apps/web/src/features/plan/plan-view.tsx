/** A whole plan as a page to read before pressing the button. */
import type { Plan } from '@bramble/cluster'
import { FilePen, Flame, ListOrdered, Package, Zap } from 'lucide-react'
import type { ReactNode } from 'react'
import { Findings } from '@/features/topology/findings.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/ui/card.tsx'
import { PlanNode } from './plan-node.tsx'
import { interruptions, losses, type Remark, rolloutWords, totals } from './words.ts'

interface PlanViewProps {
  plan: Plan
  /** The button, or why there is none. */
  approval: ReactNode
}

export function PlanView({ plan, approval }: PlanViewProps) {
  const count = totals(plan)
  const stops = interruptions(plan)
  const lost = losses(plan)
  const place = (node: string) => {
    const at = plan.order.indexOf(node)
    return plan.rollout === 'one-by-one' && at >= 0 && plan.changes > 0 ? at + 1 : null
  }
  const nodes = [...plan.nodes].sort((a, b) => rank(plan, a.node) - rank(plan, b.node))
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 xl:grid-cols-[minmax(0,1fr)_24rem]">
      <Card className="xl:sticky xl:top-6 xl:order-last">
        <CardHeader>
          <CardTitle>{plan.changes === 0 ? 'Nothing to do' : 'Summary of changes'}</CardTitle>
        </CardHeader>
        <CardContent className="grid gap-5 text-sm">
          <dl className="numeric grid grid-cols-3 gap-3">
            <Total value={count.steps} label={count.steps === 1 ? 'step' : 'steps'} icon={<ListOrdered />} />
            <Total value={count.files} label={count.files === 1 ? 'file' : 'files'} icon={<FilePen />} />
            <Total value={count.packages} label={count.packages === 1 ? 'package' : 'packages'} icon={<Package />} />
          </dl>
          <p>{rolloutWords(plan)}</p>
          {stops.length > 0 && (
            <Remarks title="Brief interruptions" icon={<Zap className="text-warn" />}>
              {stops.map((stop) => (
                <li key={`${stop.node} ${stop.step}`}>{named(stop)}</li>
              ))}
            </Remarks>
          )}
          {plan.changes > 0 && stops.length === 0 && <p className="text-muted">No running service is interrupted.</p>}
          {lost.length > 0 && <Losses losses={lost} />}
          {plan.findings.length > 0 && <Findings findings={plan.findings} />}
          {approval}
          {plan.changes > 0 && (
            <p className="wrap-anywhere text-muted text-xs">
              You approve exactly this plan (<code title={plan.digest}>{plan.digest.slice(0, 12)}</code>). If the Pis
              have changed by then, Bramble plans again.
            </p>
          )}
        </CardContent>
      </Card>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6 2xl:grid-cols-2">
        {nodes.map((node) => (
          <PlanNode key={node.node} plan={node} place={place(node.node)} />
        ))}
      </div>
    </div>
  )
}

function rank(plan: Plan, node: string): number {
  const at = plan.order.indexOf(node)
  return at < 0 ? plan.order.length : at
}

function Losses({ losses }: { losses: readonly Remark[] }) {
  return (
    <div className="grid gap-1.5 rounded-md border border-bad/30 bg-bad-subtle p-3">
      <p className="flex gap-2 font-medium text-bad">
        <Flame className="mt-0.5 size-4 shrink-0" aria-hidden /> Will be permanently lost
      </p>
      <ul className="grid list-disc gap-1 pl-10">
        {losses.map((loss) => (
          <li key={`${loss.node} ${loss.step}`}>{named(loss)}</li>
        ))}
      </ul>
    </div>
  )
}

/** Names the Pi unless the words do. */
function named(remark: { node: string; words: string }): string {
  return remark.words.includes(remark.node) ? remark.words : `${remark.node}: ${remark.words}`
}

function Total({ value, label, icon }: { value: number; label: string; icon: ReactNode }) {
  return (
    <div className="grid gap-0.5 rounded-md bg-sunken px-3 py-2.5">
      <dt className="flex items-center gap-1.5 text-muted text-xs [&_svg]:size-3.5" aria-hidden={false}>
        {icon} {label}
      </dt>
      <dd className="font-semibold text-xl leading-tight">{value}</dd>
    </div>
  )
}

function Remarks({ title, icon, children }: { title: string; icon: ReactNode; children: ReactNode }) {
  return (
    <div className="grid gap-1.5">
      <p className="flex items-center gap-2 font-medium [&_svg]:size-4">
        {icon} {title}
      </p>
      <ul className="grid list-disc gap-1 pl-10 text-muted marker:text-field">{children}</ul>
    </div>
  )
}
