/** Drills are asked for with the cluster's name typed, one at a time, and what they measured is kept once. */
import type { DrillResult } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { makeCluster, newCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { createCluster } from '../clusters/index.ts'
import {
  claimRun,
  endDrill,
  LeaseLost,
  listDrills,
  listRuns,
  requestCancel,
  requestDrill,
  requestRun,
  retryRun,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'
const drill = { class: 'primary-kill' as const }

const result = (over: Partial<DrillResult> = {}): DrillResult => ({
  class: 'primary-kill',
  node: 'pi-2',
  synchronous: true,
  preset: 'standard',
  verdict: 'held',
  faultAt: '2026-11-27T21:00:00.000Z',
  writeOutage: 2.8,
  siteOutage: 1.7,
  acknowledged: 99,
  lost: 0,
  failedWrites: 3,
  requests: 99,
  failedRequests: 1,
  secondsToWhole: 11,
  message: 'PostgreSQL is killed on pi-2.',
  ...over,
})

test.each([
  ['no name typed', { typed: '' }, 'not-confirmed'],
  ['another name typed', { typed: 'shelf' }, 'not-confirmed'],
  ['a class that does not exist', { drill: { class: 'meteor' } }, 'drill-invalid'],
  ['more than a class', { drill: { class: 'primary-kill', node: 'pi-1; reboot' } }, 'drill-invalid'],
  ['a cluster that does not exist', { cluster: 'nowhere', typed: 'nowhere' }, 'cluster-unknown'],
])('%s starts nothing', async (_name, over, code) => {
  const cluster = await makeCluster()
  await expect(requestDrill({ cluster, drill, typed: cluster, by, ...over })).rejects.toMatchObject({ code })
  expect(await listRuns({ cluster })).toEqual([])
})

test('a drill that would take away what nothing replaces is refused, and what to do first is said', async () => {
  const { spec, ...rest } = newCluster()
  const nodes = spec.nodes.map((node, i) => ({
    ...node,
    roles: node.roles.filter((role) => i === 0 || role !== 'balancer'),
  }))
  const { name } = await createCluster({ ...rest, spec: { ...spec, nodes } })
  const asked = requestDrill({ cluster: name, drill: { class: 'balancer-lost' }, typed: name, by })
  await expect(asked).rejects.toMatchObject({ code: 'drill-alone', cure: expect.stringContaining('balancer') })
})

test('one run at a time: a drill waits for none, and nothing is started beside it', async () => {
  const cluster = await makeCluster()
  await requestDrill({ cluster, drill, typed: cluster, by })
  await expect(requestDrill({ cluster, drill, typed: cluster, by })).rejects.toMatchObject({ code: 'run-active' })
  await expect(requestRun({ cluster, request: { kind: 'plan' }, by })).rejects.toMatchObject({ code: 'run-active' })
})

test('a drill is not retried, nor asked for by the verb of other runs', async () => {
  const cluster = await makeCluster()
  const run = await requestDrill({ cluster, drill, typed: cluster, by })
  await requestCancel({ run, by })
  await expect(retryRun({ run, by })).rejects.toMatchObject({ code: 'drill-no-retry' })
  const asked = requestRun({ cluster, request: { kind: 'drill', drill }, by })
  await expect(asked).rejects.toMatchObject({ code: 'drill-elsewhere' })
})

test('what was measured is kept once, by the worker that holds the run', async () => {
  const cluster = await makeCluster()
  const run = await requestDrill({ cluster, drill, typed: cluster, by })
  const lease = (await claimRun(run, 'worker'))!
  await expect(endDrill({ ...lease, fence: lease.fence + 1 }, result())).rejects.toBeInstanceOf(LeaseLost)
  await endDrill(lease, result({ writeOutage: 9 }))
  await endDrill(lease, result())
  expect(await listDrills(cluster)).toMatchObject([{ run, ...result() }])
  expect(await listDrills('nowhere')).toEqual([])
  await requestCancel({ run, by })
})
