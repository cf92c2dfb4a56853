/** One Pi of a plan: steps to do by role, settled ones folded. */
import type { NodePlan } from '@bramble/cluster'
import { CircleCheck, CircleX } from 'lucide-react'
import { Badge } from '@/ui/badge.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/ui/card.tsx'
import { PlanStep } from './plan-step.tsx'
import { byRole, plural, stepsToDo } from './words.ts'

export function PlanNode({ plan, place }: { plan: NodePlan; place: number | null }) {
  const todo = stepsToDo(plan)
  const settled = (plan.steps ?? []).filter((step) => step.verdict === 'settled')
  return (
    <Card data-testid={`plan-${plan.node}`}>
      <CardHeader>
        <CardTitle className="flex flex-wrap items-center gap-2">
          {place !== null && (
            <span className="numeric grid size-6 place-items-center rounded-full bg-sunken text-muted text-xs">
              {place}
            </span>
          )}
          {plan.node}
          {plan.steps === null ? (
            <Badge tone="bad">Could not be reached</Badge>
          ) : todo.length === 0 ? (
            <Badge tone="ok">
              <CircleCheck aria-hidden /> Up to date
            </Badge>
          ) : (
            <Badge tone="primary">{plural(todo.length, 'step')} to do</Badge>
          )}
        </CardTitle>
      </CardHeader>
      <CardContent className="grid grid-cols-[minmax(0,1fr)] gap-5 px-3 sm:px-5">
        {plan.trouble && (
          <p className="flex gap-2.5 rounded-md bg-bad-subtle p-3 text-sm" role="alert">
            <CircleX className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
            <span>
              <span className="font-medium">{plan.trouble.message}</span> {plan.trouble.cure}
            </span>
          </p>
        )}
        {byRole(todo).map((group) => (
          <section key={group.role} className="grid gap-1" aria-label={`${group.role} on ${plan.node}`}>
            <h3 className="px-2 font-medium text-muted text-xs uppercase tracking-wide">{group.role}</h3>
            <ol className="grid list-none grid-cols-[minmax(0,1fr)] gap-0.5">
              {group.steps.map((step) => (
                <PlanStep key={step.id} step={step} />
              ))}
            </ol>
          </section>
        ))}
        {settled.length > 0 && (
          <details className="group text-sm">
            <summary className="flex list-none items-center gap-2 rounded-md px-2 py-1.5 text-muted hover:bg-sunken [&::-webkit-details-marker]:hidden">
              <CircleCheck className="size-4 text-ok" aria-hidden />
              {plural(settled.length, 'step')} already done
            </summary>
            <ul className="grid list-none gap-1 py-2 pl-8 text-muted">
              {settled.map((step) => (
                <li key={step.id} className="wrap-anywhere">
                  {step.title}
                </li>
              ))}
            </ul>
          </details>
        )}
      </CardContent>
    </Card>
  )
}
