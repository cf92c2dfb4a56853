import { appCondition, ClusterSpec } from '@bramble/cluster'
import type { AppsState } from '@bramble/provision'
import { expect, test } from 'vitest'
import { appStatuses } from './app-status.ts'

const roles = ['etcd', 'postgres', 'balancer', 'web']
const spec = ClusterSpec.parse({
  name: 'shelf',
  vip: '192.0.2.100',
  nodes: [1, 2, 3].map((n) => ({ name: `pi-${n}`, address: `192.0.2.1${n}`, roles: n < 3 ? roles : ['etcd', 'web'] })),
  apps: [{ name: 'blog' }, { name: 'shop' }],
})
const release = 'a'.repeat(64)
const at = new Date().toISOString()
const slot = (state: 'ready' | 'failed' | 'missing') => ({
  ...{ release, environment: 'b'.repeat(64), generation: 2, state, message: null, restarts: 0 },
})
const report = (slots: object, balancer: Record<string, number> | null) =>
  ({ at, slots, balancer, memoryEnforced: false }) as AppsState['reports'][string]
const serving = { app: 'blog', generation: 2, release, slot: 'b', nodes: ['pi-1', 'pi-2', 'pi-3'] }
const state = (reports: AppsState['reports']) =>
  ({ apps: { blog: { app: 'blog', serving } }, reports, revision: '1' }) as unknown as AppsState
const conditionOf = (reports: AppsState['reports']) => appCondition(appStatuses(spec, state(reports)).get('blog')!)

test('an app is running when every node and balancer has what serves', () => {
  const all = {
    'pi-1': report({ 'blog/b': slot('ready'), 'blog/a': slot('failed') }, { blog: 2 }),
    'pi-2': report({ 'blog/b': slot('ready') }, { blog: 2 }),
    'pi-3': report({ 'blog/b': slot('ready'), 'shop/a': slot('ready') }, null),
  }
  const statuses = appStatuses(spec, state(all))
  expect(statuses.get('blog')).toMatchObject({ serving: { generation: 2, slot: 'b' }, silent: [], behind: [] })
  expect(statuses.get('blog')!.slots).toHaveLength(4)
  expect(conditionOf(all)).toBe('running')
  expect(appCondition(statuses.get('shop')!)).toBe('not-deployed')
})

test('an app that was stopped, or shows its maintenance page, is neither down nor degraded', () => {
  for (const word of ['stopped', 'maintenance'] as const) {
    const apps = { blog: { app: 'blog', serving, availability: { state: word, since: at } } }
    const statuses = appStatuses(spec, { ...state({}), apps } as unknown as AppsState)
    expect(appCondition(statuses.get('blog')!)).toBe(word)
  }
})

test('a node that misses it, and a balancer that is behind, are named', () => {
  const reports = {
    'pi-1': report({ 'blog/b': slot('ready') }, { blog: 1 }),
    'pi-3': report({ 'blog/b': slot('missing') }, null),
  }
  expect(appStatuses(spec, state(reports)).get('blog')).toMatchObject({
    silent: ['pi-2'],
    behind: ['pi-1'],
    unlimited: ['pi-1', 'pi-3'],
  })
  expect(conditionOf(reports)).toBe('degraded')
  expect(conditionOf({ 'pi-3': report({ 'blog/b': slot('missing') }, null) })).toBe('down')
})
