/** A healthy stack as the watching sees it, and what can befall it: for tests. */
import { ClusterSpec, type Preset } from '../spec.ts'
import { proposeRoles } from '../topology.ts'
import type { ClusterWatch, HaproxyState, NodeState, PatroniState } from './state.ts'

export function specOf(count: number, settings: { preset?: Preset; synchronous?: boolean } = {}): ClusterSpec {
  return ClusterSpec.parse({
    name: 'shelf',
    vip: '192.168.7.100',
    ...settings,
    nodes: proposeRoles(count).map((roles, at) => ({ name: `pi-${at + 1}`, address: `192.168.7.${11 + at}`, roles })),
  })
}

/** All is well: the first copy is the primary, the first balancer has the virtual IP. */
export function wellAt(spec: ClusterSpec, at: string): ClusterWatch {
  const named = (role: 'postgres' | 'balancer' | 'web' | 'etcd') =>
    spec.nodes.filter((node) => node.roles.includes(role)).map(({ name }) => name)
  const [copies, webs] = [named('postgres'), named('web')]
  const primary = copies[0]!
  const server = (backend: string, name: string, status: 'up' | 'down'): HaproxyState['servers'][number] => ({
    backend,
    server: name,
    status,
    check: status === 'up' ? 'L7OK/200 in 2ms' : 'L7STS/503 in 1ms',
    since: 600,
    sessions: 2,
    weight: 1,
  })
  const haproxy: HaproxyState = {
    version: '3.0.11',
    uptime: 7200,
    servers: [
      ...webs.map((name) => server('web', name, 'up')),
      ...copies.map((name) => server('postgres-primary', name, name === primary ? 'up' : 'down')),
      ...copies.map((name) => server('postgres-replicas', name, name === primary ? 'down' : 'up')),
    ],
  }
  const members: PatroniState['members'] = copies.map((name) => ({
    name,
    role: name === primary ? 'leader' : spec.synchronous && name === copies[1] ? 'sync-standby' : 'replica',
    state: name === primary ? 'running' : 'streaming',
    timeline: 4,
    lagBytes: name === primary ? null : 0,
  }))
  const states = spec.nodes.map(({ name, address, roles }): NodeState => {
    const first = name === primary
    return {
      node: name,
      at,
      trouble: null,
      machine: {
        bootId: `${name}-1`,
        uptime: 7200,
        cpu: 0.12,
        cpus: 4,
        load1: 0.4,
        memoryUsed: 0.41,
        memoryTotal: 4 * 1024 ** 3,
        swapUsed: 0,
        diskFree: 20 * 1024 ** 3,
        diskTotal: 29 * 1024 ** 3,
        temperature: 48.5,
        power: {
          undervoltage: false,
          throttled: false,
          capped: false,
          undervoltageSinceBoot: false,
          throttledSinceBoot: false,
        },
        clockOffset: 0.002,
        clockSynced: true,
        addresses: roles.includes('balancer') && name === named('balancer')[0] ? [address, spec.vip] : [address],
        card: { errors: 0, wear: null, readOnly: false },
        pendingUpgrades: 0,
        upgradable: [],
        securityUpgrades: [],
        rebootRequired: false,
        keptData: null,
        certificateFrom: '2000-01-01T00:00:00.000Z',
        certificateUntil: '2046-01-01T00:00:00.000Z',
        units: {},
      },
      patroni: roles.includes('postgres')
        ? {
            role: first ? 'primary' : 'replica',
            state: first ? 'running' : 'streaming',
            timeline: 4,
            lagBytes: first ? null : 0,
            paused: false,
            sync: members.find((member) => member.name === name)?.role === 'sync-standby',
            pendingRestart: false,
            storeSeen: 1,
            version: '4.0.7',
            members,
          }
        : null,
      postgres: roles.includes('postgres')
        ? {
            version: '17.6',
            inRecovery: !first,
            readOnly: !first,
            startedAt: '2026-11-25T00:00:00.000Z',
            connections: { active: 1, idle: 4, idleInTransaction: 0, waiting: 0, other: 0, max: 40 },
            longest: null,
            replication: first
              ? copies
                  .filter((copy) => copy !== name)
                  .map((copy) => ({
                    name: copy,
                    address: spec.nodes.find((node) => node.name === copy)!.address,
                    state: 'streaming',
                    sync: 'async',
                    lagBytes: 0,
                    lagSeconds: 0,
                  }))
              : [],
            slots: [],
            databases: [],
            tables: [],
            statements: null,
            blocked: [],
          }
        : null,
      etcd: roles.includes('etcd')
        ? {
            healthy: true,
            because: '',
            leader: name === named('etcd')[1],
            hasLeader: true,
            term: 3,
            fsyncP99: 0.004,
            databaseSize: 1_000_000,
            version: '3.5.16',
            alarms: [],
          }
        : null,
      haproxy: roles.includes('balancer') ? haproxy : null,
      web: roles.includes('web') ? { healthy: true, because: '' } : null,
      silent: {},
    }
  })
  return { at, states }
}

/** The same look with some states changed. */
export function changed(watch: ClusterWatch, node: string, change: (state: NodeState) => NodeState): ClusterWatch {
  return { ...watch, states: watch.states.map((state) => (state.node === node ? change(state) : state)) }
}

/** A later look; every node that answers was looked at then. */
export function later(watch: ClusterWatch, at: string): ClusterWatch {
  return { at, states: watch.states.map((state) => ({ ...state, at })) }
}

/** The power of these Pis is off: what they did fails where others see it. */
export function without(watch: ClusterWatch, ...names: string[]): ClusterWatch {
  return {
    at: watch.at,
    states: watch.states.map((state) => {
      if (!names.includes(state.node))
        return {
          ...state,
          haproxy: state.haproxy && {
            ...state.haproxy,
            servers: state.haproxy.servers.map((server) =>
              names.includes(server.server) ? { ...server, status: 'down', check: 'L4TOUT in 2001ms' } : server,
            ),
          },
        }
      return {
        ...state,
        trouble: { code: 'unreachable', message: `${state.node} cannot be reached.`, cure: 'Check its power.' },
        machine: null,
        patroni: null,
        postgres: null,
        etcd: null,
        haproxy: null,
        web: null,
      }
    }),
  }
}

/** Changes what Patroni says, on every node where it answers. */
export function patroniSays(
  watch: ClusterWatch,
  change: (patroni: PatroniState, node: string) => Partial<PatroniState>,
): ClusterWatch {
  return {
    ...watch,
    states: watch.states.map((state) =>
      state.patroni ? { ...state, patroni: { ...state.patroni, ...change(state.patroni, state.node) } } : state,
    ),
  }
}
