import { readFileSync } from 'node:fs'
import { ClusterSpec, type ClusterWatch, metricNames, NodeState, type Sample, type SubjectKind } from '@bramble/cluster'
import type { Look } from '@bramble/provision'
import { describe, expect, it } from 'vitest'
import { clusterSample, withVip } from './cluster.ts'
import { knownOnly } from './known.ts'
import { type Collected, collectLook, type Kept } from './look.ts'

/** Recorded by `pnpm --filter @bramble/lab looks`: five looks at each node of a cluster of four, five seconds apart. */
const recording = (release: string): (Look & { node: string })[] =>
  readFileSync(new URL(`./fixtures/${release}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

const spec = ClusterSpec.parse({
  name: 'lab-82',
  vip: '198.18.82.100',
  nodes: [
    { name: 'pi-1', address: '198.18.82.11', roles: ['balancer'] },
    { name: 'pi-2', address: '198.18.82.12', roles: ['etcd', 'postgres', 'web'] },
    { name: 'pi-3', address: '198.18.82.13', roles: ['etcd', 'postgres', 'web'] },
    { name: 'pi-4', address: '198.18.82.14', roles: ['etcd', 'postgres', 'balancer', 'web'] },
  ],
})

function collected(release: string, looks: number): Map<string, Collected> {
  return new Map(
    spec.nodes.map((node) => {
      let kept: Kept | null = null
      let last: Collected | undefined
      for (const look of recording(release)
        .filter((entry) => entry.node === node.name)
        .slice(0, looks)) {
        last = collectLook(node, look, kept)
        kept = last.kept
      }
      return [node.name, last!]
    }),
  )
}

const watchOf = (all: Map<string, Collected>): ClusterWatch => ({
  at: '2026-11-25T09:00:00.000Z',
  states: [...all.values()].map(({ state }) => state),
})
const primaryIn = (all: Map<string, Collected>) =>
  [...all.values()].find(({ state }) => state.patroni?.role === 'primary')!
function values<K extends SubjectKind>({ samples }: Collected, kind: K, name = '') {
  return samples.find((sample) => sample.kind === kind && sample.name === name)!.values as Extract<
    Sample,
    { kind: K }
  >['values']
}

describe.each([
  {
    release: 'trixie',
    postgres: /^17\./,
    patroni: /^4\./,
    etcd: /^3\.5\./,
    haproxy: /^3\.0\./,
    recorded: { responseTime: 102, proposalsPending: [0, 1, 0] },
  },
  {
    release: 'bookworm',
    postgres: /^15\./,
    patroni: /^3\./,
    etcd: /^3\.4\./,
    haproxy: /^2\.6\./,
    recorded: { responseTime: 88, proposalsPending: [1, 0, 0] },
  },
])('looks at a cluster on $release', ({ release, recorded, ...versions }) => {
  const all = collected(release, 5)
  const primary = primaryIn(all)

  it('are states as the database takes them, and every part that a role has speaks', () => {
    for (const [name, { state }] of all) {
      expect(NodeState.parse(state)).toEqual(state)
      expect([name, state.silent, state.trouble]).toEqual([name, {}, null])
    }
    expect(primary.state.postgres?.version).toMatch(versions.postgres)
    expect(primary.state.patroni?.version).toMatch(versions.patroni)
    expect(primary.state.etcd?.version).toMatch(versions.etcd)
    expect(all.get('pi-4')!.state.haproxy?.version).toMatch(versions.haproxy)
  })

  it('say who is the primary, who follows and how far behind', () => {
    const roles = [...all.values()].flatMap(({ state }) =>
      state.patroni ? [`${state.patroni.role} ${state.patroni.state}`] : [],
    )
    expect(roles.sort()).toEqual(['primary running', 'replica streaming', 'replica streaming'])
    const { postgres, patroni } = primary.state
    expect(postgres).toMatchObject({ inRecovery: false, readOnly: false })
    expect(postgres!.replication.map(({ state }) => state)).toEqual(['streaming', 'streaming'])
    expect(patroni!.members.map(({ name }) => name)).toEqual(['pi-2', 'pi-3', 'pi-4'])
    expect(patroni!.members.filter(({ role }) => role === 'leader').map(({ name }) => name)).toEqual([
      primary.state.node,
    ])
    for (const [name, look] of all) {
      if (!look.state.patroni || name === primary.state.node) continue
      expect(look.state.postgres).toMatchObject({ inRecovery: true, readOnly: true })
      expect(values(look, 'postgres').lagBytes).toBeLessThan(64 * 1024)
      expect(values(look, 'patroni')).toMatchObject({ primary: 0, running: 1, streaming: 1 })
    }
  })

  it('show the transaction that stands open and the session that waits for it', () => {
    const { postgres } = primary.state
    expect(postgres!.longest).toMatchObject({ user: 'app', state: 'idle in transaction' })
    expect(postgres!.longest!.seconds).toBeGreaterThan(1)
    expect(postgres!.blocked).toHaveLength(1)
    expect(postgres!.blocked[0]!.query).toContain('update lots')
    expect(postgres!.connections).toMatchObject({ idleInTransaction: 1, waiting: 1, max: 40 })
    const { active, idle, idleInTransaction, waiting, other } = postgres!.connections
    expect(values(primary, 'postgres')).toMatchObject({
      connections: active + idle + idleInTransaction + waiting + other,
      maxConnections: 40,
      waitingForLock: 1,
    })
    expect(values(primary, 'postgres').locks).toBeGreaterThan(1)
    expect(postgres!.tables.find(({ name }) => name === 'public.lots')).toMatchObject({ size: expect.any(Number) })
    expect(values(primary, 'postgres').databaseSize).toBeGreaterThan(1_000_000)
  })

  it('make rates of what the site does to the database', () => {
    const measured = values(primary, 'postgres')
    expect(measured.commits).toBeGreaterThan(1)
    expect(measured.rowsInserted).toBeGreaterThan(1)
    expect(measured.walRate).toBeGreaterThan(100)
    expect(measured.cacheHit).toBeGreaterThan(0.9)
    expect(measured.cacheHit).toBeLessThanOrEqual(1)
    expect(measured.deadlocks).toBe(0)
    expect(measured.checkpointsTimed).toBe(0)
  })

  it('tell the path: HAProxy’s servers, the site’s traffic and its answers', () => {
    const balancer = [...all.values()].find(({ state }) => state.machine?.addresses.includes(spec.vip))!
    const up = balancer.state
      .haproxy!.servers.filter(({ status }) => status === 'up')
      .map(({ backend, server }) => `${backend}/${server}`)
    const replicas = ['pi-2', 'pi-3', 'pi-4'].filter((name) => name !== primary.state.node)
    expect(up.sort()).toEqual(
      [
        `postgres-primary/${primary.state.node}`,
        ...replicas.map((name) => `postgres-replicas/${name}`),
        'web/pi-2',
        'web/pi-3',
        'web/pi-4',
      ].sort(),
    )
    expect(balancer.state.haproxy!.servers[0]!.check).toMatch(/^L7OK\/200 in \d+ms$/)
    const site = values(balancer, 'frontend', 'site')
    expect(site.requestRate).toBeGreaterThan(1)
    expect(site.responses2xx).toBeGreaterThan(1)
    expect(site.responses5xx).toBe(0)
    expect(values(balancer, 'backend', 'web')).toMatchObject({ serversUp: 3, queue: 0 })
    expect(values(balancer, 'backend', 'web').responseTime).toBe(recorded.responseTime)
    expect(values(balancer, 'backend', 'postgres-primary')).toMatchObject({ serversUp: 1 })
    expect(values(balancer, 'server', 'web/pi-2')).toMatchObject({ up: 1, weight: 1 })
    expect(values(balancer, 'server', 'web/pi-2').responses2xx).toBeGreaterThan(0)
    expect(values(balancer, 'backend', 'postgres-primary').responses2xx).toBeUndefined()
    expect(values(balancer, 'frontend', 'postgres-read-write').requestRate).toBeUndefined()
    expect(balancer.samples.some(({ name }) => name === 'statistics' || name === 'alive')).toBe(false)
  })

  it('tell etcd’s leader, health and how long the card takes to sync', () => {
    const voters = [...all.values()].filter(({ state }) => state.etcd)
    expect(voters.filter(({ state }) => state.etcd!.leader)).toHaveLength(1)
    for (const voter of voters) {
      expect(voter.state.etcd).toMatchObject({ healthy: true, because: '', hasLeader: true, alarms: [] })
      const measured = values(voter, 'etcd')
      expect(measured.fsyncP99).toBeGreaterThan(0)
      expect(measured.fsyncP99).toBeLessThan(2)
      expect(measured.term).toBeGreaterThan(0)
      expect(measured.databaseSize).toBeGreaterThan(10_000)
    }
    expect(voters.map((voter) => values(voter, 'etcd').proposalsPending)).toEqual(recorded.proposalsPending)
  })

  it('tell the machine: load, memory, disk, network, units, certificate', () => {
    const { state } = primary
    expect(state.machine).toMatchObject({ memoryTotal: 1024 ** 3, temperature: null, power: null, clockSynced: null })
    expect(state.machine!.card).toEqual({ errors: 0, wear: null, readOnly: false })
    expect(state.machine!.units).toMatchObject({ 'etcd.service': 'active', 'patroni.service': 'active' })
    const years = (Date.parse(state.machine!.certificateUntil!) - Date.parse(state.at)) / 31_536_000_000
    expect(years).toBeGreaterThan(0.5)
    expect(Math.abs(state.machine!.clockOffset)).toBeLessThan(0.5)
    const measured = values(primary, 'node')
    expect(measured.cpu).toBeGreaterThan(0)
    expect(measured.cpu).toBeLessThanOrEqual(1)
    expect(measured.netIn).toBeGreaterThan(100)
    expect(measured.memoryUsed).toBeGreaterThan(0.02)
    expect(measured.watchMemory).toBeGreaterThan(1024 ** 2)
    expect(measured).not.toHaveProperty('temperature')
    expect(all.get('pi-1')!.state).toMatchObject({ patroni: null, postgres: null, etcd: null, web: null })
    expect(state.web).toEqual({ healthy: true, because: '' })
  })

  it('measure only what is listed, finite and known', () => {
    for (const { samples } of all.values())
      for (const { kind, values } of samples) {
        expect(metricNames(kind)).toEqual(expect.arrayContaining(Object.keys(values)))
        expect(Object.values(values).every((value) => Number.isFinite(value))).toBe(true)
      }
  })

  it('leave rates out at the first look, and after a reset', () => {
    const first = primaryIn(collected(release, 1))
    expect(values(first, 'postgres')).not.toHaveProperty('commits')
    expect(values(first, 'postgres')).toHaveProperty('connections')
    expect(values(first, 'node')).not.toHaveProperty('cpu')
    const looks = recording(release).filter(({ node }) => node === primary.state.node)
    const node = spec.nodes.find(({ name }) => name === primary.state.node)!
    // The older look after the newer one: every counter fell, as after a restart of the service.
    const fell = { ...looks[0]!, since: looks[4]!.since + 5 }
    const after = collectLook(node, fell, collectLook(node, looks[4]!, null).kept)
    expect(values(after, 'postgres')).not.toHaveProperty('rowsInserted')
    expect(values(after, 'node')).not.toHaveProperty('netIn')
  })

  it('sum up to a cluster that serves', () => {
    expect(clusterSample(spec, watchOf(all), null).values).not.toHaveProperty('openAlerts')
    expect(clusterSample(spec, watchOf(all), 2).values).toEqual({
      nodesUp: 4,
      openAlerts: 2,
      writable: 1,
      siteUp: 1,
      vipHolders: 1,
      votersHealthy: 3,
      replicasStreaming: 2,
    })
  })

  it('say which balancer carries the virtual IP', () => {
    const samples = withVip(
      spec,
      watchOf(all),
      [...all.values()].flatMap((one) => one.samples),
    )
    const machines = samples.filter(({ kind }) => kind === 'node') as Extract<Sample, { kind: 'node' }>[]
    const balancers = machines.filter(({ node }) => ['pi-1', 'pi-4'].includes(node))
    expect(balancers.map(({ values }) => values.holdsVip).sort()).toEqual([0, 1])
    for (const { node, values } of machines)
      expect('holdsVip' in values, node).toBe(balancers.some((one) => one.node === node))
  })
})

describe('a look with a hole', () => {
  const look = recording('trixie').find(({ node }) => node === 'pi-4')!
  const node = spec.nodes[3]!

  it('says which source is silent and why, and keeps the rest', () => {
    const sources = { ...look.sources, haproxy: { silent: 'Connection refused' } }
    const { state, samples } = collectLook(node, { ...look, sources }, null)
    expect(state.haproxy).toBeNull()
    expect(state.silent).toEqual({ haproxy: 'Connection refused' })
    expect(state.postgres).not.toBeNull()
    expect(samples.map(({ kind }) => kind).filter((kind) => ['frontend', 'server'].includes(kind))).toEqual([])
  })

  it('does not take what was said before for what is said now', () => {
    const kept = collectLook(node, look, null).kept
    const { etcd: _, ...rest } = look.sources
    const { state } = collectLook(node, { ...look, since: look.since + 5, sources: rest }, kept)
    expect(state.etcd).toBeNull()
    expect(state.silent.etcd).toBeDefined()
  })

  it('takes an answer of another shape for none', () => {
    const sources = { ...look.sources, patroni: { value: { state: 7 } }, web: { value: 503 } }
    const { state } = collectLook(node, { ...look, sources }, null)
    expect(state.silent.patroni).toMatch(/does not understand/)
    expect(state.web).toEqual({ healthy: false, because: 'it returns 503' })
  })

  it('hides statements that set a password', () => {
    const value = structuredClone(look.sources.postgres!.value) as Record<string, unknown>
    value.longest = { seconds: 3, user: 'postgres', state: 'active', query: "alter role app password 'hunter22'" }
    const { state } = collectLook(node, { ...look, sources: { ...look.sources, postgres: { value } } }, null)
    expect(state.postgres!.longest!.query).toBe('hidden: its text may hold a password')
  })

  it('reads the firmware’s word on power', () => {
    const board = { value: { temperature: 84.2, frequency: 1.5e9, throttled: 0x50005 } }
    const { state, samples } = collectLook(node, { ...look, sources: { ...look.sources, board } }, null)
    expect(state.machine).toMatchObject({
      temperature: 84.2,
      power: {
        undervoltage: true,
        throttled: true,
        capped: false,
        undervoltageSinceBoot: true,
        throttledSinceBoot: true,
      },
    })
    expect(samples.find(({ kind }) => kind === 'node')!.values).toMatchObject({ undervoltage: 1, throttled: 1 })
  })
})

describe('a node that invents names', () => {
  const node = spec.nodes[0]!
  const look = recording('trixie').find((entry) => entry.node === 'pi-1')!

  it('loses nothing that is of the cluster', () => {
    const collected = collectLook(node, look, null)
    const names = ({ samples }: Collected) => samples.map(({ kind, name }) => `${kind} ${name}`)
    expect(names(knownOnly(spec, collected))).toEqual(names(collected))
    expect(knownOnly(spec, collected).state).toEqual(collected.state)
  })

  it('makes no row by them', () => {
    const value = structuredClone(look.sources.haproxy!.value) as { columns: string[]; rows: string[][] }
    const type = value.columns.indexOf('type')
    for (const [row, column] of ['pxname', 'pxname', 'svname'].entries()) {
      const invented = [...value.rows.find((cells) => cells[type] === String(row))!]
      invented[value.columns.indexOf(column)] = `invented-${Math.random()}`
      value.rows.push(invented)
    }
    const sources = { ...look.sources, haproxy: { value } } as typeof look.sources
    const kept = knownOnly(spec, collectLook(node, { ...look, sources }, null))
    expect(kept.samples.length).toBeGreaterThan(3)
    expect(JSON.stringify([kept.samples, kept.state])).not.toContain('invented')
  })
})
