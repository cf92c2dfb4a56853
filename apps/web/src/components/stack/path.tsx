/** The traffic's path, drawn top down: VIP, HAProxy, web, PostgreSQL. */
import { type ClusterSpec, nodesWith, type Role } from '@bramble/cluster'
import { ArrowDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '@/components/ui/cn.ts'
import motion from './path.module.css'
import { roleLook } from './role-chip.tsx'

const shownAtMost = 5

interface PathProps {
  spec: ClusterSpec
  /** True once it was built: the path then moves. */
  alive: boolean
  /** Names that did not answer when they were last asked. */
  silent: ReadonlySet<string>
}

export function TrafficPath({ spec, alive, silent }: PathProps) {
  const names = (role: Role) => nodesWith(spec, role).map((node) => node.name)
  const [balancers, sites, copies] = [names('balancer'), names('web'), names('postgres')]
  const balancerSlots = slots(balancers)
  const siteSlots = slots(sites)
  return (
    <figure className="grid gap-0" aria-label="The path of a request">
      <Stage title="Virtual IP" note={`HTTP 80 and 443 · PostgreSQL 5000 and 5001`}>
        <div className="mx-auto rounded-md border-2 border-primary bg-primary-subtle px-4 py-1.5 font-mono font-semibold text-primary text-sm">
          {spec.vip}
        </div>
      </Stage>
      <Fan from={[50]} to={balancerSlots} alive={alive} />
      <Stage title="HAProxy" note={balancers.length > 1 ? 'one holds the virtual IP, the others stand by' : 'alone'}>
        <Pills of="balancer" names={balancers} silent={silent} none="Nothing answers on the virtual IP" />
      </Stage>
      <Fan from={balancerSlots} to={siteSlots} alive={alive} />
      <Stage title="Web" note={sites.length > 0 ? 'every healthy one serves' : 'HTTP answers 503'}>
        <Pills of="web" names={sites} silent={silent} none="No Pi serves the site" />
      </Stage>
      <div className="grid justify-items-center py-1 text-muted">
        <ArrowDown className="size-4" aria-hidden />
        <span className="text-xs">back through HAProxy, port 5000</span>
        <ArrowDown className="size-4" aria-hidden />
      </div>
      <Stage
        title="PostgreSQL"
        note={
          copies.length > 1
            ? `one primary takes the writes, ${copies.length - 1} ${copies.length === 2 ? 'replica follows' : 'replicas follow'}`
            : 'one copy only'
        }
      >
        <Pills of="postgres" names={copies} silent={silent} none="No Pi keeps the database" />
      </Stage>
    </figure>
  )
}

function Stage({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  return (
    <div className="grid gap-2 rounded-lg border border-border bg-background px-3 py-2.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="font-medium text-sm">{title}</span>
        <span className="text-muted text-xs">{note}</span>
      </div>
      {children}
    </div>
  )
}

/** Centres of the pills in percent of the width. */
function slots(names: readonly string[]): number[] {
  if (names.length === 0 || names.length > shownAtMost) return [50]
  return names.map((_, at) => ((at + 0.5) / names.length) * 100)
}

function Pills({
  of,
  names,
  silent,
  none,
}: {
  of: Role
  names: readonly string[]
  silent: ReadonlySet<string>
  none: string
}) {
  const { icon: Icon, ink } = roleLook[of]
  if (names.length === 0) return <p className="text-center font-medium text-bad text-sm">{none}.</p>
  if (names.length > shownAtMost)
    return (
      <p className={cn('mx-auto rounded-md border px-3 py-1.5 text-center font-medium text-sm', ink)}>
        {names.length} Pis: {names.join(', ')}
      </p>
    )
  return (
    <ul
      className="-mx-3 grid list-none px-1"
      style={{ gridTemplateColumns: `repeat(${names.length}, minmax(0, 1fr))` }}
    >
      {names.map((name) => (
        <li key={name} className="px-1 text-center">
          <span
            className={cn(
              'inline-flex max-w-full items-center gap-1.5 rounded-md border px-2 py-1 font-medium text-xs',
              silent.has(name) ? 'border-bad/50 border-dashed text-bad' : ink,
            )}
            title={silent.has(name) ? `${name} did not answer when it was last asked` : name}
          >
            <Icon className="size-3.5 shrink-0" aria-hidden />
            <span className="truncate">{name}</span>
            {silent.has(name) && <span className="sr-only"> does not answer</span>}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** Lines from every upper pill to every lower one. */
function Fan({ from, to, alive }: { from: readonly number[]; to: readonly number[]; alive: boolean }) {
  return (
    <svg viewBox="0 0 100 24" preserveAspectRatio="none" className="h-7 w-full" aria-hidden="true" focusable="false">
      {from.flatMap((start) =>
        to.map((end) => (
          <path
            key={`${start} ${end}`}
            d={`M${start} 0 C ${start} 12, ${end} 12, ${end} 24`}
            vectorEffect="non-scaling-stroke"
            className={cn('fill-none stroke-field', alive && [motion.flow, 'stroke-primary/70'])}
            strokeWidth="1.5"
            strokeDasharray="4 4"
          />
        )),
      )}
    </svg>
  )
}
