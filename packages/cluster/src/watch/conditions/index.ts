/** All checks together: what is wrong right now, what only follows from it, and what cannot be known. */
import type { ClusterSpec, Role } from '../../spec.ts'
import type { RuleSettings } from '../rule-settings.ts'
import { alertLevels, type RuleName, ruleNames, ruleOf } from '../rules/index.ts'
import type { ClusterWatch } from '../state.ts'
import { stateOf } from '../summary.ts'
import { appsDown, deploys, isFresh, memory, releasesBehind, restarts } from './apps.ts'
import { backups } from './backups.ts'
import { backends, servers, siteErrors } from './balancer.ts'
import { board } from './board.ts'
import { hostDisk, runs, watching } from './bramble.ts'
import { card } from './card.ts'
import { type Consequence, separate } from './causes.ts'
import { certificates } from './certificates.ts'
import { clock } from './clock.ts'
import { connections, keptData, paused, primary, replicas, slots, transactions } from './database.ts'
import type { Condition, Found, Look, WatchFacts } from './look.ts'
import { address, nodes } from './nodes.ts'
import { quorum } from './quorum.ts'
import { packages, units } from './services.ts'

export type { AppFacts } from './app-facts.ts'
export type { Consequence } from './causes.ts'
export { type Condition, type HostDisk, siteAnswers, type WatchFacts } from './look.ts'

const checks: ((look: Look) => Found[])[] = [
  ...[nodes, address, quorum, primary, replicas, paused, keptData, slots, connections, transactions],
  ...[
    backends,
    servers,
    siteErrors,
    appsDown,
    deploys,
    restarts,
    memory,
    releasesBehind,
    board,
    card,
    clock,
    certificates,
    units,
    packages,
    runs,
    watching,
    hostDisk,
    backups,
  ],
]

export interface ConditionsInput {
  spec: ClusterSpec
  watch: ClusterWatch
  now: Date
  settings?: RuleSettings | undefined
  facts?: WatchFacts | undefined
}

export interface Examination {
  /** Worst first. */
  conditions: Condition[]
  consequences: Consequence[]
  /** True: it cannot be said at present whether this holds, so an alert about it is neither new nor over. */
  unknown(rule: RuleName, node: string | null): boolean
}

/** What is wrong right now, worst first; what only follows from something else in the list is left out. */
export const conditionsOf = (input: ConditionsInput): Condition[] => examine(input).conditions

export function examine({ spec, watch, now, settings = {}, facts = {} }: ConditionsInput): Examination {
  const look: Look = { spec, watch, now, settings, facts }
  const found = watch.at === null ? [] : checks.flatMap((check) => check(look))
  const [conditions, consequences] = separate(found, settings)
  return {
    conditions: conditions.toSorted(worstFirst),
    consequences,
    unknown: (rule, node) => isUnknown(look, rule, node),
  }
}

function worstFirst(a: Condition, b: Condition): number {
  return (
    alertLevels.indexOf(a.level) - alertLevels.indexOf(b.level) ||
    ruleNames.indexOf(a.rule) - ruleNames.indexOf(b.rule) ||
    (a.node ?? '').localeCompare(b.node ?? '', 'en', { numeric: true }) ||
    a.subject.localeCompare(b.subject)
  )
}

/** Of which role at least one node must be seen to speak about the cluster. */
const witnesses: Partial<Record<RuleName, Role>> = {
  'no-primary': 'postgres',
  'read-only': 'postgres',
  'quorum-lost': 'etcd',
  'quorum-at-risk': 'etcd',
  'vip-nowhere': 'balancer',
  'vip-twice': 'balancer',
  'backend-down': 'balancer',
  'app-down': 'balancer',
  'failover-paused': 'postgres',
}

/** apt answers a minute after the monitoring has begun, and only if it has lists. */
const ofPackages: readonly RuleName[] = ['upgrades-pending', 'security-update']

function isUnknown({ spec, watch, facts, now }: Look, rule: RuleName, node: string | null): boolean {
  if (rule === 'backup-too-old') return facts.backup === undefined
  if (rule === 'host-disk') return !facts.hostDisk
  if (rule === 'run-failed') return facts.lastRun === undefined
  if (rule === 'site-errors') return facts.site === undefined || facts.site === null
  if (rule === 'deploy-failed') return facts.apps === undefined
  if (rule === 'watching-stopped') return false
  const answers = (name: string) => stateOf(watch, name)?.trouble === null
  if (node === null && rule === 'node-down') return false
  if (node === null) {
    const role = witnesses[rule]
    return !spec.nodes.some(({ name, roles }) => (!role || roles.includes(role)) && answers(name))
  }
  // A node that left the cluster has nothing any more.
  if (!spec.nodes.some(({ name }) => name === node)) return false
  if (rule === 'node-down') return stateOf(watch, node) === undefined
  if (!answers(node)) return true
  if (rule === 'app-behind') return !facts.apps?.some(({ seenAt }) => isFresh(seenAt, now))
  if (ofPackages.includes(rule)) return stateOf(watch, node)?.machine?.pendingUpgrades == null
  const { sees } = ruleOf(rule)
  return sees !== 'cluster' && stateOf(watch, node)?.[sees] == null
}
