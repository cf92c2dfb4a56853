/** What is to be seen of one Pi on the shelf: its lights, its marks and what is wrong, by the last look. Pure. */
import {
  type ClusterSpec,
  type ClusterWatch,
  frontDoor,
  type HaproxyService,
  haproxyNames,
  type NodeSpec,
  type NodeState,
  stateOf,
  vipHolders,
} from '@bramble/cluster'
import { figure } from '@/format/figure.ts'
import { marks, warnings } from './sight-copy.ts'

export type Power = 'on' | 'booting' | 'away' | 'unknown'
export type Heat = 'cool' | 'warm' | 'hot'

/** `strong`: this one carries the cluster; `quiet`: it stands by. */
export type MarkTone = 'strong' | 'good' | 'quiet' | 'warn' | 'bad'

export interface Mark {
  kind: 'primary' | 'replica' | 'leader' | 'voter' | 'address' | 'balancer' | 'web'
  tone: MarkTone
  label: string
  /** One sentence, for the tooltip and the reader of screens. */
  words: string
}

export interface Sight {
  name: string
  power: Power
  marks: Mark[]
  /** Fraction; null: not measured. */
  cpu: number | null
  memory: number | null
  disk: number | null
  /** °C; null: no sensor. */
  temperature: number | null
  heat: Heat
  /** Short, worst first: undervoltage, throttled, card errors. */
  warnings: { words: string; level: 'warn' | 'bad' }[]
  /** Why it does not answer. */
  trouble: { message: string; cure: string } | null
}

/** Seconds after a boot in which a Pi still counts as coming up. */
const fresh = 45

/** A Pi slows down at 80 °C; 70 is where a fan is missed. */
export function heatOf(celsius: number | null): Heat {
  if (celsius === null || celsius < 70) return 'cool'
  return celsius < 80 ? 'warm' : 'hot'
}

export function sightOf(spec: ClusterSpec, watch: ClusterWatch, node: NodeSpec): Sight {
  const state = stateOf(watch, node.name)
  const machine = state?.machine ?? null
  const temperature = machine?.temperature ?? null
  return {
    name: node.name,
    power: !state ? 'unknown' : state.trouble ? 'away' : machine && machine.uptime < fresh ? 'booting' : 'on',
    marks: state && state.trouble === null ? marksOf(spec, watch, node, state) : [],
    cpu: machine?.cpu ?? null,
    memory: machine?.memoryUsed ?? null,
    disk: machine && machine.diskTotal > 0 ? 1 - machine.diskFree / machine.diskTotal : null,
    temperature,
    heat: heatOf(temperature),
    warnings: machine ? warningsOf(machine) : [],
    trouble: state?.trouble ?? null,
  }
}

function marksOf(spec: ClusterSpec, watch: ClusterWatch, node: NodeSpec, state: NodeState): Mark[] {
  const found: Mark[] = []
  const has = (role: NodeSpec['roles'][number]) => node.roles.includes(role)
  if (has('postgres')) found.push(databaseMark(state))
  if (has('balancer')) found.push(balancerMark(spec, watch, state))
  if (has('etcd')) found.push(etcdMark(state))
  if (has('web')) found.push(webMark(spec, watch, state))
  return found
}

function databaseMark({ node, patroni, silent }: NodeState): Mark {
  if (!patroni)
    return { kind: 'replica', tone: 'bad', label: marks.noDatabase, words: marks.silent('Patroni', silent.patroni) }
  if (patroni.role === 'primary' && patroni.state === 'running')
    return { kind: 'primary', tone: 'strong', label: marks.primary, words: marks.primaryWords(node) }
  if (patroni.state === 'streaming' || patroni.state === 'in archive recovery') {
    const behind = patroni.lagBytes === null ? '' : figure(patroni.lagBytes, 'bytes')
    return patroni.sync
      ? { kind: 'replica', tone: 'good', label: marks.sync, words: marks.syncWords(behind) }
      : { kind: 'replica', tone: 'good', label: marks.replica, words: marks.replicaWords(behind) }
  }
  // A replica that runs without streaming falls behind.
  return { kind: 'replica', tone: 'warn', label: patroni.state, words: marks.databaseState(patroni.state) }
}

function balancerMark(spec: ClusterSpec, watch: ClusterWatch, { node, haproxy, silent }: NodeState): Mark {
  const holders = vipHolders(spec, watch)
  const [half] = Object.entries(haproxy?.silent ?? {}) as [HaproxyService, string][]
  if (half)
    return {
      kind: 'balancer',
      tone: 'bad',
      label: marks.halfBalancer,
      words: marks.halfWords(haproxyNames[half[0]], half[1], holders.includes(node)),
    }
  if (holders.includes(node))
    return holders.length > 1
      ? { kind: 'address', tone: 'bad', label: marks.address, words: marks.addressTwice(spec.vip, holders) }
      : { kind: 'address', tone: 'strong', label: marks.address, words: marks.addressWords(spec.vip) }
  if (!haproxy)
    return { kind: 'balancer', tone: 'bad', label: marks.noBalancer, words: marks.silent('HAProxy', silent.haproxy) }
  return { kind: 'balancer', tone: 'quiet', label: marks.standby, words: marks.standbyWords }
}

function etcdMark({ etcd, silent }: NodeState): Mark {
  if (!etcd?.healthy)
    return {
      kind: 'voter',
      tone: 'bad',
      label: marks.noVote,
      words: marks.silent('etcd', etcd?.because || silent.etcd),
    }
  return etcd.leader
    ? { kind: 'leader', tone: 'good', label: marks.leader, words: marks.leaderWords }
    : { kind: 'voter', tone: 'quiet', label: marks.voter, words: marks.voterWords }
}

function webMark(spec: ClusterSpec, watch: ClusterWatch, { node, web }: NodeState): Mark {
  const server = frontDoor(spec, watch)?.haproxy.servers.find(
    (entry) => entry.backend === 'web' && entry.server === node,
  )
  if (server?.status === 'drain') return { kind: 'web', tone: 'warn', label: marks.drained, words: marks.drainedWords }
  if (server?.status === 'maint') return { kind: 'web', tone: 'warn', label: marks.maint, words: marks.maintWords }
  const down = server ? server.status === 'down' : web !== null && !web.healthy
  if (down || (!server && web === null))
    return {
      kind: 'web',
      tone: 'bad',
      label: marks.noWeb,
      words: marks.silent('The site', server?.check || web?.because),
    }
  return { kind: 'web', tone: 'good', label: marks.web, words: marks.webWords }
}

function warningsOf(machine: NonNullable<NodeState['machine']>): Sight['warnings'] {
  const found: Sight['warnings'] = []
  const { power, card, diskFree, diskTotal, temperature } = machine
  if (card.readOnly) found.push({ words: warnings.cardReadOnly, level: 'bad' })
  if (power?.undervoltage) found.push({ words: warnings.undervoltage, level: 'bad' })
  if (temperature !== null && heatOf(temperature) === 'hot')
    found.push({ words: warnings.hot(figure(Math.round(temperature), 'celsius')), level: 'bad' })
  if (power?.throttled) found.push({ words: warnings.throttled, level: 'warn' })
  if (card.errors > 0) found.push({ words: warnings.cardErrors(card.errors), level: 'warn' })
  if (diskTotal > 0 && diskFree / diskTotal < 0.1)
    found.push({ words: warnings.disk(figure(diskFree, 'bytes')), level: 'warn' })
  if (power?.undervoltageSinceBoot && !power.undervoltage)
    found.push({ words: warnings.undervoltageBefore, level: 'warn' })
  return found.sort((a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'))
}
