/** What follows from something else that is wrong, so that a person is told the cause and not its twelve effects. */
import type { RuleSettings } from '../rule-settings.ts'
import { isEnabled } from '../rule-values.ts'
import type { RuleName } from '../rules/index.ts'
import { everyClock } from './clock.ts'
import type { Condition, Found } from './look.ts'
import { everyNode } from './nodes.ts'

export interface Consequence extends Condition {
  /** What it follows from. */
  cause: { rule: RuleName; node: string | null; subject: string }
}

/** Whether `effect` follows from `cause`. */
type Follows = (effect: Found, cause: Found) => boolean

const sameNode: Follows = (effect, cause) => effect.node !== null && effect.node === cause.node
const anywhere: Follows = () => true
const sameSubject: Follows = (effect, cause) => effect.subject === cause.subject
const unit =
  (name: string): Follows =>
  (effect) =>
    effect.subject === name

/** cause → effects. A node that is down explains all of itself; that is said below. */
const table: [RuleName, RuleName, Follows][] = [
  ['quorum-lost', 'no-primary', anywhere],
  ['quorum-lost', 'read-only', anywhere],
  ['quorum-lost', 'replica-missing', anywhere],
  ['quorum-lost', 'backend-down', (effect) => effect.subject.startsWith('postgres')],
  ['quorum-lost', 'site-errors', anywhere],
  ['quorum-lost', 'unit-failed', (effect, cause) => effect.subject === 'etcd.service' && from(cause, effect.node)],
  ['quorum-lost', 'unit-failed', unit('patroni.service')],
  ['quorum-at-risk', 'unit-failed', (effect, cause) => effect.subject === 'etcd.service' && from(cause, effect.node)],
  ['etcd-alarm', 'quorum-lost', anywhere],
  ['etcd-alarm', 'quorum-at-risk', anywhere],
  ['no-primary', 'read-only', anywhere],
  ['no-primary', 'replica-missing', anywhere],
  ['no-primary', 'replica-lag', anywhere],
  ['no-primary', 'backend-down', (effect) => effect.subject.startsWith('postgres')],
  ['no-primary', 'server-down', (effect) => effect.subject.startsWith('postgres')],
  ['no-primary', 'site-errors', anywhere],
  ['no-primary', 'unit-failed', unit('patroni.service')],
  ['read-only', 'site-errors', anywhere],
  ['backend-down', 'server-down', (effect, cause) => effect.subject === cause.subject],
  ['backend-down', 'site-errors', (_, cause) => cause.subject !== 'postgres-replicas'],
  [
    'backend-down',
    'unit-failed',
    (effect, cause) => cause.subject === 'web' && effect.subject === 'bramble-site.service',
  ],
  ['replica-missing', 'backend-down', unit('postgres-replicas')],
  ['replica-missing', 'replica-lag', sameNode],
  [
    'replica-missing',
    'unit-failed',
    (effect, cause) => sameNode(effect, cause) && effect.subject === 'patroni.service',
  ],
  ['replica-lag', 'backend-down', unit('postgres-replicas')],
  ['replica-lag', 'server-down', (effect, cause) => sameNode(effect, cause) && effect.subject.startsWith('postgres')],
  ['server-down', 'unit-failed', (effect, cause) => sameNode(effect, cause) && siteUnit(effect, cause)],
  ['app-down', 'app-restarts', sameSubject],
  ['app-memory', 'app-restarts', (effect, cause) => sameNode(effect, cause) && sameSubject(effect, cause)],
  ['vip-nowhere', 'unit-failed', unit('keepalived.service')],
  ['card-read-only', 'card-errors', sameNode],
  ['card-read-only', 'unit-failed', sameNode],
  ['card-read-only', 'replica-missing', sameNode],
  ['card-read-only', 'read-only', sameNode],
  ['undervoltage', 'throttled', sameNode],
  ['temperature', 'throttled', sameNode],
]

const from = (cause: Found, node: string | null): boolean => node !== null && (cause.from ?? []).includes(node)
const siteUnit: Follows = (effect, cause) => cause.subject === 'web' && effect.subject === 'bramble-site.service'

/** Cluster-wide effects that are explained when every node they come from is down. Larger losses speak for themselves. */
const explained: readonly RuleName[] = ['quorum-at-risk']

export function separate(all: readonly Found[], settings: RuleSettings): [Condition[], Consequence[]] {
  const told = all.filter(({ rule }) => isEnabled(rule, settings))
  const conditions: Condition[] = []
  const consequences: Consequence[] = []
  for (const { from: _from, ...condition } of told) {
    const effect = told.find((entry) => sameAs(entry, condition))!
    const cause = causeOf(effect, told)
    if (!cause) conditions.push(condition)
    else {
      const { rule, node, subject } = cause
      consequences.push({ ...condition, cause: { rule, node, subject } })
    }
  }
  return [conditions, consequences]
}

function causeOf(effect: Found, all: readonly Found[]): Found | undefined {
  const down = all.filter(({ rule, node }) => rule === 'node-down' && node !== null)
  const allDown = all.find(({ rule, subject }) => rule === 'node-down' && subject === everyNode)
  if (allDown && effect !== allDown && effect.rule !== 'watching-stopped' && effect.rule !== 'run-failed')
    return allDown
  if (effect.rule !== 'node-down') {
    const own = down.find(({ node }) => node === effect.node)
    if (own) return own
    if (explained.includes(effect.rule) && effect.from?.every((name) => down.some(({ node }) => node === name)))
      return down.find(({ node }) => node === effect.from?.[0])
  }
  const clocks = all.find(({ rule, subject }) => rule === 'clock-off' && subject === everyClock)
  if (clocks && effect !== clocks && effect.rule === 'clock-off') return clocks
  return all.find(
    (cause) =>
      cause !== effect &&
      table.some(([rule, follows, when]) => cause.rule === rule && effect.rule === follows && when(effect, cause)),
  )
}

const sameAs = (a: Condition, b: Condition): boolean =>
  a.rule === b.rule && a.node === b.node && a.subject === b.subject
