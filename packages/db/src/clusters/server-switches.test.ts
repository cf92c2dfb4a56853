import type { ServerState } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { someLook, watchedCluster } from '../../test/watching.ts'
import { listAudit } from '../audit/index.ts'
import { recordTick } from '../metrics/index.ts'
import { claimRun, endRun, getRun, requestRun, retryRun } from '../runs/index.ts'
import { type AskedSwitch, requestServerSwitch, standingSwitches } from './index.ts'

useDatabase()
const by = 'ada@example.org'
const drain: AskedSwitch = { backend: 'web', server: 'pi-3', state: 'drain', wait: 60 }

/** As a balancer sees the web servers. */
async function seen(cluster: string, statuses: Record<string, ServerState['status']>, at = new Date()) {
  const servers = Object.entries(statuses).map(([server, status]) => ({
    ...{ backend: 'web', server, status, check: '', since: 1, sessions: 0, weight: 1 },
  }))
  const haproxy = { version: '3.0.11', uptime: 60, servers }
  await recordTick({ cluster, at, states: [someLook('pi-1', at, { haproxy })], samples: [], events: [] })
}

async function carriedOut(run: string, status: 'succeeded' | 'failed' | 'cancelled') {
  const lease = (await claimRun(run, 'worker'))!
  await endRun(lease, { status, outcome: { status, changed: 1, seconds: 1, message: '', nodes: [] }, trouble: null })
}

test('a server is asked out of service on every balancer, without a plan, and that is written down', async () => {
  const { name: cluster } = await watchedCluster()
  const run = await requestServerSwitch({ cluster, change: drain, by })
  expect(await getRun(run)).toMatchObject({
    kind: 'server-switch',
    only: ['pi-1', 'pi-2'],
    serverSwitch: { ...drain, evenLast: false },
    approvedRun: null,
  })
  const { entries } = await listAudit({ limit: 1 })
  expect(entries[0]).toMatchObject({
    ...{ who: by, what: 'run.server-switch', target: `${cluster} web/pi-3`, outcome: 'done', detail: 'drain' },
  })
  await expect(requestServerSwitch({ cluster, change: drain, by })).rejects.toMatchObject({ code: 'run-active' })
  await carriedOut(run, 'failed')
  const again = await retryRun({ run, by })
  expect(await getRun(again)).toMatchObject({ kind: 'server-switch', serverSwitch: drain, retryOf: run })
})

test.each([
  ['backend-unknown', { backend: 'nowhere' }],
  ['backend-unknown', { backend: 'web\nset server web/pi-1 state maint' }],
  ['server-unknown', { server: 'pi-9' }],
  ['server-unknown', { server: 'pi-3; shutdown sessions' }],
  ['switch-invalid', { wait: 1e9 }],
])('is refused: %s %j', async (code, change) => {
  const { name: cluster } = await watchedCluster()
  await expect(requestServerSwitch({ cluster, change: { ...drain, ...change }, by })).rejects.toMatchObject({
    name: 'Refusal',
    code,
  })
  const { entries } = await listAudit({ limit: 1 })
  expect(entries[0]).toMatchObject({ what: 'run.server-switch', outcome: 'refused' })
})

test('the common door for runs does not let it through', async () => {
  const { name: cluster } = await watchedCluster()
  await expect(requestRun({ cluster, request: { kind: 'server-switch' }, by })).rejects.toMatchObject({
    code: 'switch-elsewhere',
  })
})

test('the last server that is up is taken out only by typing its name', async () => {
  const { name: cluster, id } = await watchedCluster()
  await seen(id, { 'pi-1': 'down', 'pi-2': 'maint', 'pi-3': 'up' })
  for (const typed of [undefined, '', 'pi-2'])
    await expect(requestServerSwitch({ cluster, change: drain, typed, by })).rejects.toMatchObject({
      code: 'last-server',
      message: 'pi-3 is the only web server that is up: without it the site returns 503.',
    })
  await carriedOut(await requestServerSwitch({ cluster, change: { ...drain, server: 'pi-1' }, by }), 'succeeded')
  await carriedOut(await requestServerSwitch({ cluster, change: { ...drain, state: 'ready' }, by }), 'succeeded')
  const run = await requestServerSwitch({ cluster, change: drain, typed: 'pi-3', by })
  expect((await getRun(run))?.serverSwitch?.evenLast).toBe(true)
})

test('what was seen long ago refuses nothing: the worker asks the balancers', async () => {
  const { name: cluster, id } = await watchedCluster()
  await seen(id, { 'pi-2': 'down', 'pi-3': 'up' }, new Date(Date.now() - 3_600_000))
  expect(await requestServerSwitch({ cluster, change: drain, by })).toBeTruthy()
})

test('what was asked last of each server stands, unless it did not come about', async () => {
  const { name: cluster, id } = await watchedCluster()
  const ask = async (change: Partial<AskedSwitch>, status: 'succeeded' | 'failed' | 'cancelled' = 'succeeded') =>
    carriedOut(await requestServerSwitch({ cluster, change: { ...drain, ...change }, by }), status)
  const standing = async () =>
    (await standingSwitches(id)).map(({ backend, server, state }) => [backend, server, state])
  expect(await standing()).toEqual([])
  await ask({ state: 'drain' })
  await ask({ state: 'maint' })
  await ask({ server: 'pi-2', state: 'drain' })
  await ask({ server: 'pi-2', backend: 'postgres-replicas', state: 'maint' })
  await ask({ server: 'pi-1', state: 'maint' }, 'cancelled')
  await ask({ server: 'pi-3', state: 'ready' }, 'failed')
  expect(await standing()).toEqual([
    ['postgres-replicas', 'pi-2', 'maint'],
    ['web', 'pi-2', 'drain'],
    ['web', 'pi-3', 'maint'],
  ])
  await ask({ server: 'pi-3', state: 'ready' })
  await ask({ server: 'pi-2', backend: 'postgres-replicas', state: 'ready' })
  expect(await standing()).toEqual([['web', 'pi-2', 'drain']])
})
