/**
 * Replaces every secret of a cluster that serves, in phases: each makes the nodes what the store says, and only when all of
 * them are, the store goes on to the next. Whoever takes it up later goes on in the phase that was reached.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterSpec, type RotationPhase, type RunOutcome, staying } from '@bramble/cluster'
import { redactor } from '../engine/redact.ts'
import { type Step, Trouble } from '../engine/types.ts'
import { openSecrets } from '../secrets/index.ts'
import { advanceRotation, prepareRotation, type RotationChoice } from '../secrets/rotation.ts'
import type { StoredSecrets } from '../secrets/stored.ts'
import { cleaned, type NodeEnd, type NodeWork, oneByOne, outcomeOf, type Rolling, together } from './rollout.ts'
import { unhealthy } from './rules.ts'
import { type Survey, survey, takePulse } from './survey.ts'

export interface RotateInput extends Rolling {
  choice: RotationChoice
  /** Names the asking: taken up again, it replaces nothing twice. */
  asked: string
  /** Stores what `change` makes of what is stored, and returns that. Two that do so at the same time take turns. */
  keep(change: (stored: StoredSecrets) => Promise<StoredSecrets>): Promise<StoredSecrets>
}

/** Whom nobody has to wait for: whether the cluster is well is asked for so long, in seconds. */
const settling = 120

/** The steps through which secrets reach a node. Nothing else of a plan is done. */
const own = new Set([
  ...['base/ca', 'base/identity', 'base/certificate', 'base/key', 'base/ssh-key', 'base/ssh-key-revoked'],
  ...['etcd/key', 'etcd/service', 'etcd/quorum'],
  ...['backup/key', 'backup/sftp-key', 'backup/certificate', 'backup/server'],
  ...['postgres/key', 'postgres/config', 'postgres/certificate', 'postgres/service', 'postgres/leader'],
  ...['postgres/member', 'postgres/round'],
  ...['web/settings', 'web/service', 'web/alive', 'apps/database-authority'],
  ...['balancer/statistics.cfg', 'balancer/haproxy-postgres', 'balancer/primary', 'balancer/site-issuer-key'],
  ...['balancer/site-issuer', 'balancer/https-store', 'balancer/haproxy', 'balancer/address'],
])

const words: Record<RotationPhase, string> = {
  trust:
    'Phase 1 of 4: every node accepts the new certificate authority and the new SSH key in addition to the current ones.',
  identity: 'Phase 2 of 4: every node gets a certificate and private keys from the new authority.',
  passwords: 'Phase 3 of 4: passwords.',
  finish: 'Phase 4 of 4: the old authority and the old SSH key are revoked.',
}

const stopped = 'Stopped. Press Retry to continue with the current phase.'

/**
 * Troubles before anything is changed: `node-away`, `preflight`, `changes-pending`, `unhealthy`. What fails later is in
 * the outcome; asked again, it goes on.
 */
export async function rotateSecrets(input: RotateInput): Promise<RunOutcome> {
  const started = Date.now()
  const { spec, choice, asked, keep, signal } = input
  let secrets = input.secrets
  const ends: NodeEnd[] = []
  const seconds = () => (Date.now() - started) / 1000
  if (!secrets.rotation && secrets.lastRotation !== asked) {
    await refuseUnready(input)
    secrets = openSecrets(await keep((stored) => prepareRotation(spec, stored, { asked, choice, now: new Date() })))
  } else if (secrets.rotation && secrets.rotation.application !== choice.application)
    input.emit(said('The choice made for the application password at the start of the rotation is kept.'))
  while (secrets.rotation) {
    const { phase } = secrets.rotation
    input.emit(said(words[phase]))
    const present = { ...input, secrets, emit: cleaned(input.emit, redactor(secrets)) }
    const done = phase === 'passwords' ? await replacePasswords(present) : await bring(present)
    ends.push(...done)
    const end = outcomeOf(merged(spec, ends), seconds())
    if (signal.aborted) return end.status === 'succeeded' ? { ...end, status: 'cancelled', message: stopped } : end
    if (end.status !== 'succeeded') return end
    secrets = openSecrets(await keep((stored) => advanceRotation(spec, stored, phase, new Date())))
  }
  return outcomeOf(merged(spec, ends), seconds(), 'All secrets were replaced. The old ones no longer work.')
}

const said = (text: string) => ({ type: 'log', node: null, step: null, stream: 'bramble', text }) as const

/** A cluster that lacks nothing and has nothing to apply: then all that a phase finds to do is of the rotation. */
async function refuseUnready(input: RotateInput): Promise<void> {
  const { plan } = await settledSurvey(input)
  if (plan.changes > 0)
    throw new Trouble(
      'changes-pending',
      `${plan.changes} ${plan.changes === 1 ? 'change is' : 'changes are'} not provisioned yet, and a rotation needs nodes that match the settings.`,
      'Press Reprovision and approve the plan, then start the rotation again.',
    )
  const { pulse, reachable } = await takePulse(input)
  const lack = unhealthy(staying(input.spec), pulse, reachable)
  if (lack !== null)
    throw new Trouble(
      'unhealthy',
      `The cluster is not healthy: ${lack}.`,
      'Fix this first, then start the rotation again.',
    )
}

/** What it finds to do, on one node after the other. */
async function bring(input: Rolling): Promise<NodeEnd[]> {
  const found = await settledSurvey(input)
  return oneByOne(
    input,
    found.pulse,
    dueWork(found, (id) => own.has(id)),
  )
}

/**
 * The roles of PostgreSQL on the primary, then all files with passwords at once, since a connection that is opened between
 * the two is refused. keepalived comes together on all balancers: one with another password would hear no other and take
 * the address.
 */
async function replacePasswords(input: Rolling): Promise<NodeEnd[]> {
  const found = await settledSurvey(input)
  const rounds: readonly ((id: string) => boolean)[] = [
    (id) => id === 'postgres/passwords',
    (id) => own.has(id) && !id.startsWith('web/') && !id.startsWith('balancer/'),
    (id) => id.startsWith('web/') && own.has(id),
    (id) => id === 'balancer/keepalived.conf',
    (id) => id === 'balancer/keepalived' || id === 'balancer/address',
  ]
  const ends: NodeEnd[] = []
  for (const round of rounds) {
    const work = dueWork(found, round)
    // Never all of the site at the same time.
    const site = work.some(({ steps }) => steps.some(({ id }) => id.startsWith('web/')))
    ends.push(...(await (site ? oneByOne(input, found.pulse, work) : together(input, work))))
    if (input.signal.aborted || ends.some(({ outcome }) => outcome !== 'succeeded')) break
  }
  return ends
}

/** Steps of a kind on the nodes where one of them is to be done, in the order in which nodes are worked on. */
function dueWork({ plan, steps }: Survey, chosen: (id: string) => boolean): NodeWork[] {
  return plan.order.flatMap((node) => {
    const planned = plan.nodes.find((one) => one.node === node)?.steps ?? []
    const having = (verdict: string) => new Set(planned.filter((one) => one.verdict === verdict).map(({ id }) => id))
    const mine = (steps.get(node) ?? []).filter(({ id }) => chosen(id))
    const due = having('todo')
    const todo = mine.filter(({ id }: Step) => due.has(id))
    return todo.length > 0 ? [{ node, steps: mine, settled: having('settled'), todo }] : []
  })
}

/** While a node restarts or the address moves, what it says is out of date: then it is asked again. */
async function settledSurvey(input: Rolling): Promise<Survey> {
  const until = Date.now() + settling * 1000
  for (;;) {
    const found = await survey(input)
    const lack = lackOf(input.spec, found)
    if (!lack) return found
    if (Date.now() > until) throw lack
    await sleep(2_000, undefined, { signal: input.signal })
  }
}

function lackOf(spec: ClusterSpec, { plan }: Survey): Trouble | null {
  const away = plan.nodes.filter(({ node, trouble }) => trouble && spec.nodes.some(({ name }) => name === node))
  if (away.length > 0) {
    const names = away.map(({ node }) => node).join(' and ')
    return new Trouble(
      'node-away',
      `${names} is unreachable, and a node with the old secrets would lose access: ${away[0]?.trouble?.message}`,
      `Bring it back online, or remove it from the cluster if it is lost, then start the rotation again.`,
    )
  }
  const errors = plan.findings.filter(({ level }) => level === 'error')
  if (errors.length === 0) return null
  return new Trouble('preflight', errors.map(({ message }) => message).join(' '), errors[0]?.cure ?? '')
}

/** One end for each node: what did not succeed says how it went. */
function merged(spec: ClusterSpec, ends: readonly NodeEnd[]): NodeEnd[] {
  return spec.nodes.flatMap(({ name }) => {
    const all = ends.filter(({ node }) => node === name)
    const last = all.find(({ outcome }) => outcome !== 'succeeded') ?? all.at(-1)
    if (!last) return []
    const changed = all.reduce((sum, end) => sum + end.changed, 0)
    return [{ ...last, changed, message: last.outcome === 'succeeded' ? `${changed} changes.` : last.message }]
  })
}
