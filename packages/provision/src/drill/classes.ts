/** The classes of drills: whom each strikes, with what, and how long it is held. */
import {
  type ClusterSpec,
  type Drill,
  type DrillClass,
  drillRoles,
  haproxyUnits,
  lossOf,
  nodesWith,
  presets,
} from '@bramble/cluster'
import { gather } from '../engine/gather.ts'
import { Trouble } from '../engine/types.ts'
import { http } from '../facts/http.ts'
import { identity } from '../facts/identity.ts'
import { machine } from '../facts/os.ts'
import type { PlanInput } from '../rollout/survey.ts'
import { agentUnit } from '../serving/agent.ts'
import { appUnits } from '../serving/units.ts'
import type { Fault } from './fault.ts'
import { type Health, lacks } from './health.ts'

/** Seconds that a wrong clock is ahead: more than certificates or tokens forgive. */
const skew = 600

export interface Strike {
  node: string
  fault: Fault
  /** What happens, in words: "PostgreSQL is killed on pi-2". */
  words: string
  /** Seconds that it is held at least, also when clients are served again; null: until its time is over. */
  hold: number | null
}

const postgresFolder = '/var/lib/postgresql'

/** Whom the drill strikes. Trouble before anything is done: `not-whole`, `single-point`, `clock-fixed`, `card-shared`. */
export async function strikeOf(input: PlanInput, drill: Drill, health: Health): Promise<Strike> {
  const { spec } = input
  const { class: kind } = drill
  const missing = lacks(spec, health)
  if (missing.length > 0)
    throw new Trouble(
      'not-whole',
      `A drill needs a healthy cluster: ${missing.join('; ')}.`,
      'Fix this first; see the Stack page, or press Reprovision. Then start the drill again.',
    )
  const node = await victim(input, kind, health)
  refuseSinglePoint(spec, kind, node)
  refuseShared(kind, node, health)
  return { node, ...blowOf(spec, kind, node) }
}

async function victim(input: PlanInput, kind: DrillClass, health: Health): Promise<string> {
  const { spec } = input
  switch (kind) {
    case 'balancer-lost':
      return health.holder!
    case 'web-lost': {
      // One that does nothing else, if there is one.
      const sites = nodesWith(spec, 'web')
      return [...sites].sort((a, b) => a.roles.length - b.roles.length)[0]?.name ?? ''
    }
    case 'etcd-lost':
      return etcdLeader(input)
    default:
      return health.pulse.primary!
  }
}

const figures = http('https://127.0.0.1:2379/metrics', identity)

/** The loss of etcd's own leader is the hardest one. */
async function etcdLeader({ spec, fleet, signal }: PlanInput): Promise<string> {
  const voters = nodesWith(spec, 'etcd')
  const leads = await Promise.all(
    voters.map(async (node) => {
      const facts = await gather(await fleet.connect(node, signal), [figures], signal ? { signal } : {})
      return /^etcd_server_is_leader 1$/m.test(facts.of(figures).body)
    }),
  )
  return (voters[leads.indexOf(true)] ?? voters[0])?.name ?? ''
}

const partWords = {
  postgres: 'database node',
  etcd: 'etcd member',
  balancer: 'balancer',
  web: 'web node',
} as const

function refuseSinglePoint(spec: ClusterSpec, kind: DrillClass, name: string): void {
  const roles = spec.nodes.find((node) => node.name === name)?.roles ?? []
  const struck = drillRoles[kind].filter((role) => roles.includes(role))
  // etcd stops when the majority is gone, not with the last one.
  const needed = struck.includes('etcd') && lossOf(spec, name).stops.includes('writes') ? 'etcd' : null
  const only = struck.find((role) => nodesWith(spec, role).length < 2) ?? needed
  if (only || struck.length === 0)
    throw new Trouble(
      'single-point',
      only
        ? `${name} is the only ${partWords[only]} that the cluster can use: the drill would stop it.`
        : `No node of ${spec.name} has the role that this drill stops.`,
      only
        ? `Assign the role ${only} to ${only === 'etcd' ? 'three nodes' : 'a second node'} and provision, then start the drill again.`
        : 'Assign the role to two nodes first.',
    )
}

/** Bytes: no Pi's card is that large, but the disk of the machine that a lab runs on. */
const largestLabCard = 16 * 1024 ** 3

function refuseShared(kind: DrillClass, name: string, health: Health): void {
  const facts = health.known.get(name)?.of(machine)
  if (!facts?.container) return
  if (kind === 'clock-skew')
    throw new Trouble(
      'clock-fixed',
      `The clock of ${name} cannot be set: a lab Pi uses the clock of its host.`,
      'Run this drill on real Pis.',
    )
  if (kind === 'card-full' && facts.diskFree > largestLabCard)
    throw new Trouble(
      'card-shared',
      `${name} shares the disk of the lab host: filling it would affect the host.`,
      'Start the lab with cards of a fixed size: ./bramble lab up --card 4G',
    )
}

function blowOf(spec: ClusterSpec, kind: DrillClass, node: string): Omit<Strike, 'node'> {
  const { ttl } = presets[spec.preset]
  switch (kind) {
    case 'primary-stop':
      return {
        fault: { kind: 'stop', units: ['patroni.service'] },
        words: `PostgreSQL and Patroni are stopped on ${node}`,
        hold: 8,
      }
    case 'primary-kill':
      return { fault: { kind: 'kill-postmaster' }, words: `PostgreSQL is killed on ${node}`, hold: 8 }
    case 'primary-freeze':
      return {
        fault: { kind: 'freeze', unit: 'patroni.service' },
        words: `PostgreSQL and Patroni freeze on ${node}`,
        hold: 8,
      }
    case 'network-cut':
      return { fault: { kind: 'cut' }, words: `${node} is cut off from the network`, hold: null }
    case 'balancer-lost':
      return {
        fault: { kind: 'die', units: ['keepalived.service', ...haproxyUnits], addresses: [spec.vip] },
        words: `HAProxy and keepalived are killed on ${node}, which holds ${spec.vip}`,
        hold: 12,
      }
    case 'web-lost':
      return {
        fault: {
          kind: 'die',
          units: ['bramble-site.service', ...((spec.apps ?? []).length > 0 ? [agentUnit] : [])],
          processes: [appUnits],
        },
        words: `the site and all apps are killed on ${node}`,
        hold: 12,
      }
    case 'etcd-lost':
      return {
        fault: { kind: 'die', units: ['etcd.service'] },
        words: `the etcd leader is killed on ${node}`,
        // The primary has to renew its lease without it.
        hold: ttl + 5,
      }
    case 'card-full':
      return { fault: { kind: 'fill', path: postgresFolder }, words: `the card of ${node} fills up`, hold: null }
    case 'clock-skew':
      return {
        fault: { kind: 'clock', seconds: skew },
        words: `the clock of ${node} jumps ${skew / 60} minutes ahead`,
        hold: null,
      }
  }
}
