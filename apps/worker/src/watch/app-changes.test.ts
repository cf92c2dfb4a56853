import { ClusterSpec, type ClusterWatch, type NodeState } from '@bramble/cluster'
import { expect, it } from 'vitest'
import { type Memory, nothingKnown, rememberFrom, transitions } from './transitions.ts'

const spec = ClusterSpec.parse({
  name: 'home',
  vip: '192.0.2.100',
  nodes: [{ name: 'pi-1', address: '192.0.2.11', roles: ['etcd', 'postgres', 'balancer', 'web'] }],
  apps: [{ name: 'shop' }, { name: 'blog' }],
})

interface Look {
  up: number
  down: number
  restarts?: number
  killed?: number
}

const watch = ({ up, down, restarts = 0, killed = 0 }: Look): ClusterWatch => ({
  at: '2026-11-25T09:00:05.000Z',
  states: [
    {
      ...{ node: 'pi-1', at: '2026-11-25T09:00:05.000Z', trouble: null, silent: {}, patroni: null, postgres: null },
      ...{ etcd: { healthy: true } as NodeState['etcd'], web: { healthy: true, because: '' } },
      machine: { bootId: '1', addresses: [spec.vip] } as unknown as NodeState['machine'],
      haproxy: { version: '3.0', uptime: 1, servers: [], apps: { shop: { up, down }, blog: { up: 1, down: 0 } } },
      apps: { shop: { memory: 1, nearest: null, processes: 1, lately: { restarts, killed } } },
    },
  ],
})

function told(memory: Memory, ...looks: Look[]) {
  let before: ClusterWatch = { at: null, states: [] }
  return looks.map((look) => {
    const after = watch(look)
    const step = transitions(spec, memory, before, after)
    before = after
    memory = step.memory
    return step.events
  })
}
const kinds = (memory: Memory, ...looks: Look[]) =>
  told(memory, ...looks).map((events) => events.map(({ kind, level }) => `${kind} ${level}`))

const well = { up: 1, down: 0 }
const failing = { up: 0, down: 1 }

it('tells an app as down at the second look, once, and as back', () => {
  expect(kinds(nothingKnown, well, failing, failing, failing, well, well)).toEqual([
    ...[[], [], ['app-down critical'], [], ['app-back good'], []],
  ])
  const third = told(nothingKnown, well, failing, failing).at(-1)!
  expect(third[0]).toMatchObject({
    node: null,
    link: '/clusters/home/apps/shop',
    words: expect.stringContaining('shop'),
  })
})

it('says nothing of one look, of one that is not deployed, and of one that was taken out', () => {
  const idle = { up: 0, down: 0 }
  expect(kinds(nothingKnown, idle, idle, well, failing, well).flat()).toEqual([])
  expect(kinds(nothingKnown, failing, failing, idle, idle, well).flat()).toEqual(['app-down critical'])
})

it('a worker that takes over knows what was told', () => {
  const event = { node: null, link: '/clusters/home/apps/shop' }
  const memory = rememberFrom(spec, watch(failing), [{ ...event, kind: 'app-down' as const }])
  expect(kinds(memory, failing, failing, well)).toEqual([[], [], ['app-back good']])
  const back = rememberFrom(spec, watch(well), [
    { ...event, kind: 'app-down' as const },
    { ...event, kind: 'app-back' as const },
  ])
  expect([...back.appsDown]).toEqual([])
})

it('tells the first of many restarts, and why', () => {
  const events = told(nothingKnown, well, { ...well, restarts: 1 }, { ...well, restarts: 5 }, well, {
    ...{ ...well, restarts: 2, killed: 2 },
  })
  expect(events.map((all) => all.map(({ words }) => words))).toEqual([
    [],
    ['A process of shop ended on pi-1, and was started again.'],
    [],
    [],
    ['A process of shop ended on pi-1 because its memory was used up, and was started again.'],
  ])
})
