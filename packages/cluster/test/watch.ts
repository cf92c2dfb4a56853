/** A cluster of four Pis that is well, as the watcher would see it, to break piece by piece in tests. */
import { ClusterSpec, type ClusterWatch, type NodeState, proposeRoles } from '../src/index.ts'

export const now = new Date('2026-11-26T12:00:00Z')

export function someSpec(nodes = 4): ClusterSpec {
  return ClusterSpec.parse({
    name: 'garden',
    vip: '10.0.0.100',
    nodes: proposeRoles(nodes).map((roles, at) => ({ name: `pi-${at + 1}`, address: `10.0.0.${11 + at}`, roles })),
  })
}

/** The second Pi is the primary where it has a copy; the first balancer carries the virtual IP. */
export function healthyWatch(spec: ClusterSpec, at = now): ClusterWatch {
  return { at: at.toISOString(), states: spec.nodes.map(({ name }) => healthyState(spec, name, at)) }
}

function healthyState(spec: ClusterSpec, name: string, at: Date): NodeState {
  const node = spec.nodes.find((entry) => entry.name === name)!
  const copies = spec.nodes.filter(({ roles }) => roles.includes('postgres')).map((entry) => entry.name)
  const lead = copies[0] ?? ''
  const isLead = name === lead
  const has = (role: 'etcd' | 'postgres' | 'balancer' | 'web') => node.roles.includes(role)
  const holder = spec.nodes.find(({ roles }) => roles.includes('balancer'))?.name
  const members = copies.map((copy) => ({
    name: copy,
    role: copy === lead ? ('leader' as const) : ('replica' as const),
    state: copy === lead ? 'running' : 'streaming',
    timeline: 1,
    lagBytes: copy === lead ? null : 0,
  }))
  return {
    node: name,
    at: at.toISOString(),
    trouble: null,
    machine: {
      ...{ bootId: `boot-${name}`, uptime: 90_000, cpu: 0.1, cpus: 4, load1: 0.2, memoryUsed: 0.4, memoryTotal: 4e9 },
      ...{ swapUsed: 0, diskFree: 20e9, diskTotal: 29e9, temperature: 48, clockOffset: 0.002, clockSynced: true },
      power: {
        ...{ undervoltage: false, throttled: false, capped: false },
        ...{ undervoltageSinceBoot: false, throttledSinceBoot: false },
      },
      addresses: name === holder ? [node.address, spec.vip] : [node.address],
      card: { errors: 0, wear: 0.1, readOnly: false },
      ...{ pendingUpgrades: 0, rebootRequired: false, certificateUntil: '2027-11-26T12:00:00Z' },
      units: {
        'chrony.service': 'active',
        ...(has('etcd') ? { 'etcd.service': 'active' } : {}),
        ...(has('postgres') ? { 'patroni.service': 'active' } : {}),
        ...(has('balancer') ? { 'haproxy.service': 'active', 'keepalived.service': 'active' } : {}),
        ...(has('web') ? { 'bramble-site.service': 'active' } : {}),
      },
    },
    patroni: has('postgres')
      ? {
          role: isLead ? 'primary' : 'replica',
          state: isLead ? 'running' : 'streaming',
          ...{ timeline: 1, lagBytes: isLead ? null : 0, paused: false, sync: false, pendingRestart: false },
          ...{ storeSeen: 1, version: '4.0.7', members },
        }
      : null,
    postgres: has('postgres')
      ? {
          ...{ version: '17.6', inRecovery: !isLead, readOnly: false, startedAt: '2026-11-25T12:00:00Z' },
          connections: { active: 1, idle: 4, idleInTransaction: 0, waiting: 0, other: 0, max: 40 },
          longest: null,
          replication: isLead
            ? copies.slice(1).map((copy) => ({
                ...{ name: copy, address: spec.nodes.find((entry) => entry.name === copy)!.address },
                ...{ state: 'streaming', sync: 'async', lagBytes: 0, lagSeconds: null },
              }))
            : [],
          slots: isLead
            ? copies.slice(1).map((copy) => ({ name: copy.replaceAll('-', '_'), active: true, retained: 1000 }))
            : [],
          ...{ databases: [{ name: 'app', size: 1e9 }], tables: [], statements: null, blocked: [] },
        }
      : null,
    etcd: has('etcd')
      ? {
          ...{ healthy: true, because: '', leader: isLead, hasLeader: true, term: 2, fsyncP99: 0.004 },
          ...{ databaseSize: 1e6, version: '3.5.16', alarms: [] },
        }
      : null,
    haproxy: has('balancer') ? { version: '3.0.11', uptime: 90_000, servers: serversOf(spec, lead) } : null,
    web: has('web') ? { healthy: true, because: '' } : null,
    silent: {},
  }
}

function serversOf(spec: ClusterSpec, lead: string) {
  const row = (backend: string, server: string, up: boolean) => ({
    ...{ backend, server, status: up ? ('up' as const) : ('down' as const), sessions: 0, weight: 1, since: 90_000 },
    check: up ? 'L7OK/200 in 2ms' : 'L7STS/503 in 2ms',
  })
  const with_ = (role: 'web' | 'postgres') => spec.nodes.filter(({ roles }) => roles.includes(role))
  return [
    ...with_('web').map(({ name }) => row('web', name, true)),
    ...with_('postgres').map(({ name }) => row('postgres-primary', name, name === lead)),
    ...with_('postgres').map(({ name }) => row('postgres-replicas', name, name !== lead)),
  ]
}

/** How a node looks that does not answer: its parts are not known. */
export function away(state: NodeState): NodeState {
  const trouble = {
    code: 'unreachable',
    message: 'Port 22 cannot be reached: no answer in time',
    cure: 'Check its power and its cable.',
  }
  return { ...state, trouble, machine: null, patroni: null, postgres: null, etcd: null, haproxy: null, web: null }
}
