/** What the checks look at, and what they find. */
import type { ClusterSpec, NodeSpec, Role } from '../../spec.ts'
import type { Sample } from '../metrics.ts'
import type { RuleSettings } from '../rule-settings.ts'
import { limitOf } from '../rule-values.ts'
import { type AlertLevel, type RuleName, ruleOf, type ThresholdName } from '../rules/index.ts'
import type { ClusterWatch, MachineState, NodeState } from '../state.ts'
import { stateOf } from '../summary.ts'
import type { AppFacts } from './app-facts.ts'

/** Something that is wrong right now. One is the same as another when rule, node and subject are. */
export interface Condition {
  rule: RuleName
  level: AlertLevel
  /** Null: it is about the cluster. */
  node: string | null
  /** What of the node or cluster: a backend, a unit, a slot; empty where there is one. */
  subject: string
  /** One sentence or two: what is so, with the numbers, and what it endangers. */
  words: string
  /** What to do next, on this cluster. */
  cure: string
  /** The figure that was compared, in the unit of the rule's thresholds. */
  value: number | null
}

/** Figures that no state holds. What is undefined is not known, and nothing is said about it. */
export interface WatchFacts {
  /** Answers of the site, all balancers together, per second; null: no balancer told. */
  site?: { answers: number; errors: number } | null | undefined
  /** When the newest good backup was ready, the cluster was built, and why the repository cannot be read; null: unknown. */
  backup?: { newest: string | null; since: string; trouble: string | null } | null | undefined
  /** The newest ended run that was to change something; null: there was none. */
  lastRun?: { id: string; kind: string; status: string; endedAt: string; message: string } | null | undefined
  hostDisk?: HostDisk | null | undefined
  apps?: readonly AppFacts[] | undefined
}

/** The disk of the data folder, on the machine of the worker that watches. Bytes. */
export interface HostDisk {
  host: string
  folder: string
  free: number
  images: number
  uploads: number
}

/** A condition, and the nodes that it comes from when it is about the cluster. */
export interface Found extends Condition {
  from?: readonly string[]
}

export interface Look {
  spec: ClusterSpec
  watch: ClusterWatch
  now: Date
  settings: RuleSettings
  facts: WatchFacts
}

/** A condition of the rule at its own level; `change` says the rest. */
export function found(rule: RuleName, change: Pick<Condition, 'words' | 'cure'> & Partial<Omit<Found, 'rule'>>): Found {
  return { rule, level: ruleOf(rule).level, node: null, subject: '', value: null, ...change }
}

export const limit = <R extends RuleName>(look: Look, rule: R, threshold: ThresholdName<R>): number =>
  limitOf(rule, threshold, look.settings)

/** The level of a value that is worse when it is higher; null: nothing is wrong. */
export function levelAt(value: number, warning: number, critical: number): 'warning' | 'critical' | null {
  if (value >= critical) return 'critical'
  return value >= warning ? 'warning' : null
}

export interface Seen {
  node: NodeSpec
  state: NodeState
}

/** The nodes of the spec (with this role) that somebody has looked at and that answered. */
export function answering(look: Look, role?: Role): Seen[] {
  return looked(look, role).filter(({ state }) => state.trouble === null)
}

/** The nodes of the spec (with this role) that somebody has looked at. */
export function looked(look: Look, role?: Role): Seen[] {
  return look.spec.nodes.flatMap((node) => {
    const state = stateOf(look.watch, node.name)
    return state && (!role || node.roles.includes(role)) ? [{ node, state }] : []
  })
}

/** Answering nodes whose machine is known. */
export function machines(look: Look): { name: string; node: NodeSpec; machine: MachineState; state: NodeState }[] {
  return answering(look).flatMap(({ node, state }) =>
    state.machine ? [{ name: node.name, node, machine: state.machine, state }] : [],
  )
}

/** Of the site's frontends on all balancers; null: none told. For `WatchFacts.site`. */
export function siteAnswers(samples: readonly Sample[]): { answers: number; errors: number } | null {
  const sites = samples.filter((sample) => sample.kind === 'frontend' && sample.name === 'site')
  if (sites.length === 0) return null
  const sum = { answers: 0, errors: 0 }
  for (const { values } of sites) {
    const { responses2xx = 0, responses3xx = 0, responses4xx = 0, responses5xx = 0 } = values as Record<string, number>
    sum.answers += responses2xx + responses3xx + responses4xx + responses5xx
    sum.errors += responses5xx
  }
  return sum
}
