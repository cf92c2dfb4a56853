import { expect, test } from 'vitest'
import { makeCluster, planned } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/index.ts'
import { getCluster, removeCluster, updateSpec } from '../clusters/index.ts'
import { claimRun, endRun, getPlan, getRun, listRuns, requestRun, retryRun } from './index.ts'

useDatabase()
const by = 'ada@example.org'
const digest = 'b'.repeat(64)

async function fail(run: string) {
  const lease = (await claimRun(run, 'worker'))!
  await endRun(lease, { status: 'failed', outcome: null, trouble: { code: 'x', message: 'It broke.', cure: 'Retry.' } })
}

test('a second run of a cluster is refused while one goes on, however close together they are asked for', async () => {
  const cluster = await makeCluster()
  const asked = await Promise.allSettled(
    Array.from({ length: 6 }, () => requestRun({ cluster, request: { kind: 'plan' }, by })),
  )
  const refused = asked.filter((entry) => entry.status === 'rejected')
  expect(refused).toHaveLength(5)
  for (const entry of refused) expect(entry.reason).toMatchObject({ name: 'Refusal', code: 'run-active' })
  await expect(removeCluster({ cluster, typedName: cluster, by })).rejects.toMatchObject({ code: 'run-active' })
  const spec = (await getCluster(cluster))!.spec
  await expect(updateSpec({ cluster, spec, by })).rejects.toMatchObject({ code: 'run-active' })
  const other = await requestRun({ cluster: await makeCluster(), request: { kind: 'plan' }, by })
  expect(await getRun(other)).toMatchObject({ id: other, status: 'queued' })
})

test('nothing is built without an approved plan of the cluster as it is', async () => {
  const cluster = await makeCluster()
  const ask = (request: Parameters<typeof requestRun>[0]['request']) => requestRun({ cluster, request, by })
  await expect(ask({ kind: 'provision' })).rejects.toMatchObject({ code: 'plan-unknown' })
  await expect(ask({ kind: 'provision', approved: digest })).rejects.toMatchObject({ code: 'plan-unknown' })
  const plan = await planned(cluster, digest)
  expect((await getPlan(plan))?.digest).toBe(digest)
  await expect(ask({ kind: 'provision', approved: digest, only: ['pi-1'] })).rejects.toMatchObject({
    code: 'plan-outdated',
  })
  await expect(ask({ kind: 'plan', only: ['pi-9'] })).rejects.toMatchObject({ code: 'unknown-node' })

  const { spec } = (await getCluster(cluster))!
  await updateSpec({ cluster, spec: { ...spec, preset: 'fast' }, by })
  await expect(ask({ kind: 'provision', approved: digest })).rejects.toMatchObject({ code: 'plan-outdated' })
  await updateSpec({ cluster, spec, by })
  expect(await ask({ kind: 'provision', approved: digest })).toBeTruthy()
})

test('retry keeps the approved plan, and is refused once the cluster was changed', async () => {
  const cluster = await makeCluster()
  await planned(cluster, digest)
  const first = await requestRun({ cluster, request: { kind: 'provision', approved: digest }, by })
  await expect(retryRun({ run: first, by })).rejects.toMatchObject({ code: 'run-going' })
  await fail(first)
  const second = await retryRun({ run: first, by })
  const claim = (await claimRun(second, 'worker'))!
  expect([claim.retry, claim.approvedPlan?.digest, claim.request.kind]).toEqual([true, digest, 'provision'])
  await endRun(claim, { status: 'failed', outcome: null, trouble: null })
  const { spec } = (await getCluster(cluster))!
  await updateSpec({ cluster, spec: { ...spec, synchronous: true }, by })
  await expect(retryRun({ run: second, by })).rejects.toMatchObject({ code: 'plan-outdated' })
  expect((await listRuns({ cluster })).map((run) => run.kind)).toEqual(['provision', 'provision', 'plan'])
  expect((await listRuns({ cluster, status: 'failed' })).length).toBe(2)
})

test('every press is written down, the refused ones too', async () => {
  const cluster = await makeCluster()
  await requestRun({ cluster, request: { kind: 'plan' }, by })
  await requestRun({ cluster, request: { kind: 'plan' }, by: 'bob@example.org' }).catch(() => undefined)
  const { entries } = await listAudit({ limit: 2 })
  expect(entries.map((entry) => [entry.who, entry.what, entry.target, entry.outcome])).toEqual([
    ['bob@example.org', 'run.plan', cluster, 'refused'],
    [by, 'run.plan', cluster, 'done'],
  ])
  const { entries: older } = await listAudit({ before: entries.at(-1)!.id, limit: 1 })
  expect(older[0]).toMatchObject({ what: 'cluster.create', target: cluster })
})

test('a cluster is removed by typing its name, with its runs', async () => {
  const cluster = await makeCluster()
  await planned(cluster, digest)
  await expect(removeCluster({ cluster, typedName: 'else', by })).rejects.toMatchObject({ code: 'name-mismatch' })
  await removeCluster({ cluster, typedName: cluster, by })
  expect(await getCluster(cluster)).toBeNull()
  expect(await listRuns({ cluster })).toEqual([])
})
