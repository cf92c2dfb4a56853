import { ClusterSpec, type ClusterWatch, type HaproxyState, type NodeState } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { type Memory, nothingKnown, rememberFrom, transitions } from './transitions.ts'

const spec = ClusterSpec.parse({
  name: 'home',
  vip: '192.0.2.100',
  nodes: [1, 2, 3].map((n) => ({
    name: `pi-${n}`,
    address: `192.0.2.1${n}`,
    roles: ['etcd', 'postgres', ...(n < 3 ? ['balancer'] : []), 'web'],
  })),
})

interface World {
  primary: string | null
  vip: string[]
  /** Nodes that do not answer. */
  away?: string[]
  /** Voters that can read. */
  healthy?: string[]
  etcdLeader?: string | null
  boots?: Record<string, string>
  /** Servers of `web` that are down. */
  down?: string[]
  /** Nodes whose Patroni says nothing to the worker. */
  mute?: string[]
}

const names = spec.nodes.map(({ name }) => name)
const servers = (world: World): HaproxyState['servers'] =>
  names.flatMap((server) =>
    [
      ['web', !world.down?.includes(server)] as const,
      ['postgres-primary', world.primary === server] as const,
      ['postgres-replicas', world.primary !== server] as const,
    ].map(([backend, up]) => ({
      backend,
      server,
      status: up ? ('up' as const) : ('down' as const),
      check: up ? 'L7OK/200 in 2ms' : 'L4CON in 1ms',
      since: 5,
      sessions: 0,
      weight: 1,
    })),
  )

function state(name: string, world: World): NodeState {
  const base = { node: name, at: '2026-11-25T09:00:00.000Z', silent: {} }
  const none = { machine: null, patroni: null, postgres: null, etcd: null, haproxy: null, web: null }
  if (world.away?.includes(name))
    return { ...base, ...none, trouble: { code: 'no-answer', message: 'It does not answer within 4 s.', cure: '' } }
  const healthy = world.healthy?.includes(name) ?? true
  return {
    ...base,
    ...none,
    trouble: null,
    machine: {
      bootId: world.boots?.[name] ?? `boot of ${name}`,
      addresses: world.vip.includes(name) ? [spec.vip] : [],
    } as NodeState['machine'],
    patroni: world.mute?.includes(name)
      ? null
      : ({
          role: world.primary === name ? 'primary' : 'replica',
          state: world.primary === name ? 'running' : 'streaming',
          members: names.map((member) => ({
            name: member,
            role: world.primary === member ? 'leader' : 'replica',
            state: 'running',
            timeline: 1,
            lagBytes: 0,
          })),
        } as unknown as NodeState['patroni']),
    etcd: { healthy, leader: healthy && world.etcdLeader === name } as NodeState['etcd'],
    haproxy: name === 'pi-3' ? null : { version: '3.0', uptime: 1, servers: servers(world) },
  }
}

const watch = (world: World): ClusterWatch => ({
  at: '2026-11-25T09:00:05.000Z',
  states: names.map((name) => state(name, world)),
})

/** What is told while the world goes from one to the next. */
function told(...worlds: World[]) {
  let before: ClusterWatch = { at: null, states: [] }
  let memory: Memory = nothingKnown
  return worlds.map((world) => {
    const after = watch(world)
    const step = transitions(spec, memory, before, after)
    before = after
    memory = step.memory
    return step.events.map(({ kind, level, node }) => [kind, level, node])
  })
}

const well: World = { primary: 'pi-1', vip: ['pi-1'], etcdLeader: 'pi-1' }

describe('transitions', () => {
  it('tells nothing of a cluster that is seen for the first time, and nothing while nothing changes', () => {
    expect(told(well, well, well)).toEqual([[], [], []])
  })

  it('tells a death of the first Pi as it goes: away, address moved, no primary, a new one, back', () => {
    const dead = { ...well, away: ['pi-1'] }
    expect(
      told(
        well,
        { ...dead, vip: ['pi-2'], primary: null, etcdLeader: 'pi-2', down: ['pi-1'] },
        { ...dead, vip: ['pi-2'], primary: null, etcdLeader: 'pi-2', down: ['pi-1'] },
        { ...dead, vip: ['pi-2'], primary: 'pi-3', etcdLeader: 'pi-2', down: ['pi-1'] },
        {
          primary: 'pi-3',
          vip: ['pi-2'],
          etcdLeader: 'pi-2',
          down: ['pi-1'],
          boots: { 'pi-1': 'the next boot' },
        },
        { primary: 'pi-3', vip: ['pi-2'], etcdLeader: 'pi-2', boots: { 'pi-1': 'the next boot' } },
      ),
    ).toEqual([
      [],
      [
        ['vip-moved', 'info', 'pi-2'],
        ['etcd-leader-changed', 'info', 'pi-2'],
        ['server-down', 'warning', 'pi-1'],
      ],
      [
        ['node-away', 'warning', 'pi-1'],
        ['primary-lost', 'critical', 'pi-1'],
      ],
      [['primary-changed', 'good', 'pi-3']],
      [
        ['node-back', 'good', 'pi-1'],
        ['node-rebooted', 'info', 'pi-1'],
      ],
      [['server-up', 'good', 'pi-1']],
    ])
  })

  it('takes one missed answer for a hiccup', () => {
    const hiccup = { ...well, away: ['pi-1', 'pi-2', 'pi-3'] }
    expect(told(well, hiccup, well, { ...well, primary: null }, well)).toEqual([[], [], [], [], []])
  })

  it('tells a planned switchover as one change', () => {
    expect(told(well, { ...well, primary: 'pi-2' })).toEqual([[], [['primary-changed', 'info', 'pi-2']]])
  })

  it('says who is the primary again when it was nobody for a while', () => {
    const none = { ...well, primary: null }
    expect(told(well, none, none, none, well).flat()).toEqual([
      ['primary-lost', 'critical', 'pi-1'],
      ['primary-back', 'good', 'pi-1'],
    ])
  })

  it('does not call a primary lost that only the worker cannot reach', () => {
    const cut: World = { ...well, away: ['pi-1'], vip: ['pi-2'] }
    const kinds = told({ ...well, vip: ['pi-2'] }, cut, cut, cut).flat()
    expect(kinds).toEqual([['node-away', 'warning', 'pi-1']])
    expect(told(well, { ...well, mute: ['pi-1'] }, { ...well, mute: ['pi-1'] }).flat()).toEqual([])
  })

  it('says nothing of the cluster when the worker itself is cut off', () => {
    const cut = { ...well, away: names }
    expect(told(well, cut, cut, cut, well).flat()).toEqual([
      ...names.map((name) => ['node-away', 'warning', name]),
      ...names.map((name) => ['node-back', 'good', name]),
    ])
  })

  it('tells a lost quorum once, and when it is back', () => {
    const lost = { ...well, healthy: [], etcdLeader: null }
    expect(told(well, lost, lost, lost, well, well).flat()).toEqual([
      ['quorum-lost', 'critical', null],
      ['quorum-back', 'good', null],
    ])
    const one = { ...well, healthy: ['pi-1', 'pi-2'] }
    expect(told(well, one, one).flat()).toEqual([])
  })

  it('tells an address that nobody carries, and where it is again', () => {
    const none = { ...well, vip: [] }
    expect(told(well, none, none, none, well).flat()).toEqual([
      ['vip-lost', 'critical', 'pi-1'],
      ['vip-moved', 'good', 'pi-1'],
    ])
  })

  it('goes on where another worker stopped: nothing is told twice, nothing is missed', () => {
    const none = { ...well, primary: null }
    const events = [{ kind: 'primary-lost' as const, node: 'pi-1' }]
    const memory = rememberFrom(spec, watch(none), events)
    expect(transitions(spec, memory, watch(none), watch(none)).events).toEqual([])
    const later = transitions(spec, memory, watch(none), watch({ ...well, primary: 'pi-2' }))
    expect(later.events.map(({ words }) => words)).toEqual(['pi-2 became the primary; it was pi-1 before.'])
    const gone = rememberFrom(spec, watch({ ...well, away: ['pi-2'] }), [{ kind: 'node-away', node: 'pi-2' }])
    expect(
      transitions(spec, gone, watch({ ...well, away: ['pi-2'] }), watch(well)).events.map(({ kind }) => kind),
    ).toEqual(['node-back'])
  })
})
