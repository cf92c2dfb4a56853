import { AppSpec } from '@bramble/cluster'
import { changed, patroniSays, specOf, wellAt, without } from '@bramble/cluster/specimen'
import { expect, test } from 'vitest'
import { trafficOf } from './traffic.ts'

const at = '2026-11-26T03:00:00.000Z'
const spec = specOf(4)
const well = wellAt(spec, at)

test('the way of a request through a healthy stack', () => {
  const traffic = trafficOf(spec, well)
  expect(traffic.address.state).toBe('carries')
  expect(traffic.balancers.map(({ node, state }) => [node, state])).toEqual([
    ['pi-1', 'carries'],
    ['pi-4', 'ready'],
  ])
  expect(traffic.webs.map(({ state, sessions }) => [state, sessions])).toEqual(Array(3).fill(['carries', 2]))
  expect(traffic.primary).toEqual({ node: 'pi-2', state: 'carries', note: 'accepts writes', sessions: 2 })
  expect(traffic.replicas.map(({ node, state, behind, late }) => [node, state, behind, late])).toEqual([
    ['pi-3', 'carries', 'in sync', false],
    ['pi-4', 'carries', 'in sync', false],
  ])
  expect(traffic).toMatchObject({ writing: 6, reading: 6 })
})

test('before the first look every post is there and nothing is claimed', () => {
  const traffic = trafficOf(spec, { at: null, states: [] })
  const posts = [...traffic.balancers, ...traffic.webs, ...traffic.replicas]
  expect(posts.map(({ state }) => state)).toEqual(Array(8).fill('unknown'))
  expect(traffic).toMatchObject({ primary: null, noPrimary: 'one of the replicas below is elected', writing: null })
})

test('the primary dies: its place says who holds the lease, then that nobody does', () => {
  const gone = without(well, 'pi-2')
  expect(trafficOf(spec, gone)).toMatchObject({ primary: null, noPrimary: 'no primary: pi-2 still holds the lease' })
  const free = patroniSays(gone, () => ({ members: [] }))
  expect(trafficOf(spec, free).noPrimary).toBe('no primary: the lease is free')
  expect(trafficOf(spec, gone).replicas[0]).toMatchObject({ node: 'pi-2', state: 'broken', note: 'unreachable' })
})

test('a drained server is off, one whose check fails is broken, with the reason', () => {
  const watch = changed(well, 'pi-1', (state) => ({
    ...state,
    haproxy: {
      ...state.haproxy!,
      servers: state.haproxy!.servers.map((server) =>
        server.backend !== 'web'
          ? server
          : server.server === 'pi-2'
            ? { ...server, status: 'drain' as const }
            : server.server === 'pi-3'
              ? { ...server, status: 'down' as const, check: 'L7STS/503 in 1ms' }
              : server,
      ),
    },
  }))
  expect(trafficOf(spec, watch).webs.map(({ state, note }) => [state, note])).toEqual([
    ['off', 'drained'],
    ['broken', 'L7STS/503 in 1ms'],
    ['carries', 'serves'],
  ])
})

test('a balancer with one of its two services is broken, and says which is missing', () => {
  const half = changed(well, 'pi-1', (state) => ({
    ...state,
    haproxy: { ...state.haproxy!, silent: { web: 'refused' } },
  }))
  expect(trafficOf(spec, half).balancers[0]).toMatchObject({ state: 'broken', note: 'HAProxy is not responding' })
})

test('a replica that is late says by how much', () => {
  const watch = changed(well, 'pi-2', (state) => ({
    ...state,
    postgres: {
      ...state.postgres!,
      replication: state.postgres!.replication.map((entry) =>
        entry.name === 'pi-3' ? { ...entry, lagBytes: 20 * 1024 ** 2, lagSeconds: 3.2 } : entry,
      ),
    },
  }))
  expect(trafficOf(spec, watch).replicas[0]).toMatchObject({
    node: 'pi-3',
    late: true,
    behind: '20\u202fMiB · 3.2\u202fs',
  })
})

test('nobody or two hold the address: it is broken', () => {
  const nobody = changed(well, 'pi-1', (state) => ({ ...state, machine: { ...state.machine!, addresses: [] } }))
  expect(trafficOf(spec, nobody).address).toEqual({
    state: 'broken',
    note: 'not held by a load balancer: unreachable',
  })
  const both = changed(well, 'pi-4', (state) => ({ ...state, machine: { ...state.machine!, addresses: [spec.vip] } }))
  expect(trafficOf(spec, both).address.note).toBe('held by pi-1 and pi-4 at once')
})

test('apps stand below the web nodes: served, failing on every node, deployed nowhere', () => {
  const apps = { shop: { up: 2, down: 1 }, blog: { up: 0, down: 3 }, idle: { up: 0, down: 0 } }
  const watch = changed(well, 'pi-1', (state) => ({ ...state, haproxy: { ...state.haproxy!, apps } }))
  const named = ['shop', 'blog', 'idle', 'new'].map((name) => AppSpec.parse({ name }))
  expect(trafficOf({ ...spec, apps: named }, watch).apps.map(({ name, state, note }) => [name, state, note])).toEqual([
    ['shop', 'carries', '2 of 3 ready'],
    ['blog', 'broken', '0 of 3 ready'],
    ['idle', 'off', 'not deployed'],
    ['new', 'unknown', ''],
  ])
})
