import { expect, test } from 'vitest'
import type { ClusterSpec } from '../spec.ts'
import { whyReadOnly } from './read-only.ts'
import { nothingSeen, recall } from './recollection.ts'
import { changed, later, patroniSays, specOf, wellAt, without } from './specimen.ts'
import { standingOf } from './standing.ts'
import type { ClusterWatch, HaproxyState, NodeState } from './state.ts'

const at = '2026-11-26T03:00:00.000Z'
const next = '2026-11-26T03:00:05.000Z'
const spec = specOf(3)
const well = wellAt(spec, at)

function stand(looks: ClusterWatch[], of: ClusterSpec = spec, troubles: { level: string }[] = [], seconds = 1) {
  const watch = looks.at(-1)!
  const now = new Date(Date.parse(watch.at ?? at) + seconds * 1000)
  return standingOf({ spec: of, watch, past: looks.reduce(recall, nothingSeen), now, troubles })
}
const why = (...looks: ClusterWatch[]) => stand(looks).readOnly

const asServers = (watch: ClusterWatch, change: (server: HaproxyState['servers'][number]) => object): ClusterWatch => ({
  ...watch,
  states: watch.states.map((state) => ({
    ...state,
    haproxy: state.haproxy && {
      ...state.haproxy,
      servers: state.haproxy.servers.map((server) => ({ ...server, ...change(server) })),
    },
  })),
})
const machine = (change: object) => (state: NodeState) => ({
  ...state,
  machine: state.machine && { ...state.machine, ...change },
})

test('up: who is primary, and nothing that would stop with the next Pi', () => {
  for (const count of [3, 4, 6, 10]) {
    const of = specOf(count)
    expect(stand([wellAt(of, at)], of), `${count} Pis`).toMatchObject({
      verdict: 'up',
      level: 'good',
      primary: of.nodes.find((node) => node.roles.includes('postgres'))?.name,
      readOnly: null,
      failover: null,
      spof: [],
      stale: false,
    })
  }
})

test('nobody looked yet, or not for a while', () => {
  expect(stand([{ at: null, states: [] }])).toMatchObject({ verdict: 'unwatched', level: 'unknown', age: null })
  expect(stand([well], spec, [], 41)).toMatchObject({ verdict: 'up', stale: true, age: 41 })
})

test('a primary that only the worker cannot reach is no failover', () => {
  const start = wellAt(specOf(4), at)
  const gone = without(later(start, next), 'pi-2')
  const reached = asServers(gone, ({ backend, server }) =>
    backend === 'postgres-primary' && server === 'pi-2' ? { status: 'up' } : {},
  )
  expect(stand([start, reached], specOf(4))).toMatchObject({
    verdict: 'weak',
    primary: 'pi-2',
    readOnly: null,
    failover: null,
    away: ['pi-2'],
  })
})

test('one Pi away: it goes on, and the next one would stop it', () => {
  const standing = stand([well, without(later(well, next), 'pi-3')])
  expect(standing).toMatchObject({ verdict: 'weak', level: 'warning', away: ['pi-3'], primary: 'pi-1' })
  expect(standing.spof.map(({ node, stops, asBuilt }) => [node, stops, asBuilt])).toEqual([
    ['pi-1', ['writes'], false],
    ['pi-2', ['writes'], false],
  ])
})

test('a weakness that was built in is no alarm', () => {
  const lone = {
    ...spec,
    nodes: spec.nodes.map((node, i) =>
      i === 1 ? { ...node, roles: node.roles.filter((role) => role !== 'balancer') } : node,
    ),
  }
  const standing = stand([wellAt(lone, at)], lone)
  expect(standing).toMatchObject({ verdict: 'up', level: 'good' })
  expect(standing.spof).toMatchObject([{ node: 'pi-1', stops: ['address'], asBuilt: true }])
})

test('conditions of the moment color the verdict amber, however bad, while pages and writes pass; a hint does not', () => {
  expect(stand([well], spec, [{ level: 'info' }]).verdict).toBe('up')
  expect(stand([well], spec, [{ level: 'warning' }])).toMatchObject({ verdict: 'weak', level: 'warning' })
  expect(stand([well], spec, [{ level: 'critical' }])).toMatchObject({ verdict: 'weak', level: 'warning' })
})

test('the primary goes: changing while the others can take over, dark when nothing answers', () => {
  expect(stand([well, without(later(well, next), 'pi-3', 'pi-1')]).verdict).toBe('down')
  const four = specOf(4)
  const start = wellAt(four, at)
  expect(stand([start, without(later(start, next), 'pi-2')], four)).toMatchObject({
    verdict: 'changing',
    level: 'critical',
    readOnly: { code: 'failover' },
  })
  expect(stand([well, without(later(well, next), 'pi-1', 'pi-2', 'pi-3')]).verdict).toBe('dark')
})

test('no web server left: the site is down, the database is not', () => {
  const watch = asServers(well, ({ backend }) => (backend === 'web' ? { status: 'down' } : {}))
  expect(stand([watch])).toMatchObject({ verdict: 'site-down', readOnly: null })
  const drained = asServers(well, ({ backend }) => (backend === 'web' ? { status: 'drain' } : {}))
  expect(stand([drained]).verdict).toBe('site-down')
})

test('why is it read-only: every cause by what the look shows', () => {
  expect(why(well)).toBeNull()
  const alone = without(later(well, next), 'pi-2', 'pi-3')
  const stepped = patroniSays(alone, () => ({ role: 'replica', state: 'running', members: [] }))
  const noQuorum = changed(stepped, 'pi-1', (state) => ({
    ...state,
    etcd: state.etcd && { ...state.etcd, healthy: false },
  }))
  expect(why(well, noQuorum)).toEqual({
    code: 'quorum',
    healthy: 0,
    voters: 3,
    needed: 2,
    missing: ['pi-1', 'pi-2', 'pi-3'],
  })

  expect(why(well, without(later(well, next), 'pi-1', 'pi-2', 'pi-3'))).toMatchObject({ code: 'nobody-answers' })
  const leaderless = patroniSays(later(well, next), () => ({ role: 'replica', members: [] }))
  expect(why(leaderless)).toEqual({ code: 'first-start' })
  expect(why(well, leaderless)).toMatchObject({ code: 'failover', failover: { phase: 'electing', primary: 'pi-1' } })
  expect(
    why(
      well,
      patroniSays(leaderless, () => ({ paused: true })),
    ),
  ).toEqual({ code: 'paused' })

  const stopped = (watch: ClusterWatch) =>
    changed(watch, 'pi-1', (state) => ({ ...state, patroni: state.patroni && { ...state.patroni, state: 'crashed' } }))
  const full = changed(stopped(later(well, next)), 'pi-1', machine({ diskFree: 9 * 1024 ** 2 }))
  expect(why(well, full)).toEqual({ code: 'disk-full', node: 'pi-1', free: 9 * 1024 ** 2 })
  const card = changed(stopped(later(well, next)), 'pi-1', machine({ card: { errors: 4, wear: null, readOnly: true } }))
  expect(why(well, card)).toEqual({ code: 'card-read-only', node: 'pi-1' })

  const refuses = changed(well, 'pi-1', (state) => ({
    ...state,
    postgres: state.postgres && { ...state.postgres, readOnly: true },
  }))
  expect(why(refuses)).toEqual({ code: 'settings', node: 'pi-1' })
  const nowhere = changed(well, 'pi-1', machine({ addresses: ['192.168.7.11'] }))
  expect(why(nowhere)).toEqual({ code: 'no-address' })
  const blind = asServers(well, ({ backend }) => (backend === 'postgres-primary' ? { status: 'down' } : {}))
  expect(why(blind)).toEqual({ code: 'not-routed', primary: 'pi-1', balancer: 'pi-1' })
  expect(whyReadOnly({ spec, watch: { at: null, states: [] }, past: nothingSeen, now: new Date(at) })).toBeNull()
})

test('etcd without a majority while the primary writes on: failsafe, and it is said', () => {
  const watch: ClusterWatch = {
    ...well,
    states: well.states.map((state) => ({ ...state, etcd: state.etcd && { ...state.etcd, healthy: false } })),
  }
  expect(stand([watch])).toMatchObject({ verdict: 'weak', failsafe: true, readOnly: null })
})
