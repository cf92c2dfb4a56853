import { Changes } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { makeCluster, planned } from '../../test/clusters.ts'
import { until, useDatabase } from '../../test/database.ts'
import { pool } from '../store/connection.ts'
import {
  claimRun,
  endRun,
  getRun,
  LeaseLost,
  readLog,
  reapRuns,
  releaseRun,
  renewLease,
  requestCancel,
  requestRun,
  writeJournal,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'
const line = (text: string) => ({ at: new Date(), node: null, step: null, stream: 'bramble' as const, text })
const done = { status: 'succeeded' as const, changed: 0, seconds: 1, message: 'Done.', nodes: [] }
const newRun = async () => requestRun({ cluster: await makeCluster(), request: { kind: 'plan' }, by })

/** As if the worker had been silent for longer than its lease. */
const letRunOut = (run: string) =>
  pool().query(`update run set lease_until = now() - interval '1 second' where id = $1`, [run])

test('of many workers that want a run, one gets it', async () => {
  const run = await newRun()
  const claims = await Promise.all(Array.from({ length: 8 }, (_, at) => claimRun(run, `worker-${at}`)))
  expect(claims.filter((claim) => claim !== null)).toHaveLength(1)
  expect((await getRun(run))?.status).toBe('running')
})

test('each run of a cluster has a higher turn than those before it, also after the clock was set back', async () => {
  const cluster = await makeCluster()
  const turnOf = async (created: Date) => {
    const run = await requestRun({ cluster, request: { kind: 'plan' }, by })
    await pool().query('update run set created_at = $2 where id = $1', [run, created])
    const first = (await claimRun(run, 'first'))!
    await releaseRun(first)
    const second = (await claimRun(run, 'second'))!
    // Who takes it over has the same turn and a higher fence.
    expect([second.turn, second.fence]).toEqual([first.turn, 2])
    await endRun(second, { status: 'failed', outcome: null, trouble: null })
    return first.turn
  }
  const now = Date.now()
  const before = await turnOf(new Date(now))
  expect(before).toBeGreaterThanOrEqual(now)
  const day = 86_400_000
  const ahead = await turnOf(new Date(now + day))
  expect(ahead).toBe(now + day)
  expect(await turnOf(new Date(now + 1_000))).toBe(ahead + 1)
  expect(await turnOf(new Date(now + 2 * day))).toBe(now + 2 * day)
})

test('a run whose worker died is not told as running, is reaped, and is taken over with the rest of its work', async () => {
  const run = await newRun()
  const dead = (await claimRun(run, 'dead'))!
  await writeJournal(dead, {
    lines: [line('first')],
    steps: [
      { node: 'pi-1', step: 'base/a', title: 'A', status: 'changed', because: 'new', seconds: 1, error: null },
      { node: 'pi-1', step: 'base/b', title: 'B', status: 'running', because: 'new', seconds: null, error: null },
    ],
  })
  expect(await reapRuns()).toEqual([])
  await letRunOut(run)
  expect((await getRun(run))?.status).toBe('queued')
  expect(await reapRuns()).toMatchObject([{ id: run, fence: 1, abandoned: true }])

  const heir = (await claimRun(run, 'heir'))!
  expect([heir.takenOver, heir.fence]).toEqual([true, 2])
  expect((await getRun(run))?.steps.map((step) => step.id)).toEqual(['base/a'])

  // The dead one was only asleep: nothing that it writes counts any more.
  await expect(writeJournal(dead, { lines: [line('late')] })).rejects.toThrow(LeaseLost)
  await expect(renewLease(dead)).rejects.toThrow(LeaseLost)
  await expect(endRun(dead, { status: 'failed', outcome: null, trouble: null })).rejects.toThrow(LeaseLost)
  await writeJournal(heir, { lines: [line('second')] })
  await endRun(heir, { status: 'succeeded', outcome: done, trouble: null })
  expect((await readLog({ run, from: 0 })).map((entry) => [entry.seq, entry.text])).toEqual([
    [1, 'first'],
    [2, 'second'],
  ])
  expect(await claimRun(run, 'third')).toBeNull()
})

test('what a dead worker changed is still counted and shown as changed when its successor finds it right', async () => {
  const run = await newRun()
  const dead = (await claimRun(run, 'dead'))!
  expect(dead.changedBefore).toEqual([])
  const step = (id: string, status: 'changed' | 'done' | 'running') => ({
    ...{ node: 'pi-1', step: id, title: id, status, because: null, seconds: 1, error: null },
  })
  await writeJournal(dead, { steps: [step('base/a', 'changed'), step('base/b', 'done'), step('base/c', 'running')] })
  await letRunOut(run)
  const heir = (await claimRun(run, 'heir'))!
  expect(heir.changedBefore).toEqual([{ node: 'pi-1', step: 'base/a' }])

  const changes = new Changes(heir.changedBefore)
  const settled = (id: string, changed: boolean) =>
    changes.note({ type: 'step-settled', node: 'pi-1', step: id, title: id, changed, seconds: 1 })
  settled('base/a', false)
  settled('base/c', true)
  await writeJournal(heir, { steps: [step('base/a', 'done'), step('base/c', 'changed')] })
  const cells = (await getRun(run))!.steps.filter(({ status }) => status === 'changed')
  expect(cells.map(({ id }) => id)).toEqual(['base/a', 'base/c'])
  expect(changes.on('pi-1')).toBe(cells.length)
})

test('a run that its worker gives back can be taken at once', async () => {
  const run = await newRun()
  const first = (await claimRun(run, 'first'))!
  await releaseRun(first)
  await expect(renewLease(first)).rejects.toThrow(LeaseLost)
  expect((await claimRun(run, 'second'))?.fence).toBe(2)
})

test('a run whose job was lost on the way is queued again', async () => {
  const run = await newRun()
  await pool().query(`update run set queued_at = now() - interval '1 minute' where id = $1`, [run])
  // On a slow machine those of other tests are lost by now, too.
  expect(await reapRuns()).toContainEqual(expect.objectContaining({ id: run, fence: 0, abandoned: false }))
})

test('cancel: who holds it hears of it; what nobody holds ends at once and cannot be claimed', async () => {
  const going = await newRun()
  const lease = (await claimRun(going, 'worker'))!
  expect(await renewLease(lease)).toEqual({ cancelRequested: false })
  await requestCancel({ run: going, by })
  expect(await renewLease(lease)).toEqual({ cancelRequested: true })
  expect(await getRun(going)).toMatchObject({ status: 'running', cancelRequested: true })

  const waiting = await newRun()
  await requestCancel({ run: waiting, by })
  expect(await getRun(waiting)).toMatchObject({ status: 'cancelled', cancelRequested: true })
  expect(await claimRun(waiting, 'worker')).toBeNull()
  await expect(requestCancel({ run: waiting, by })).rejects.toMatchObject({ code: 'run-over' })

  await letRunOut(going)
  await requestCancel({ run: going, by })
  expect((await getRun(going))?.status).toBe('cancelled')
  await expect(writeJournal(lease, { lines: [line('late')] })).rejects.toThrow(LeaseLost)
})

test.each([
  ['request', { kind: 'of-tomorrow' }, 'what it is to do'],
  ['spec', { name: 5 }, 'its cluster file'],
])('a run whose %s cannot be read ends as failed with the reason, and blocks nothing', async (column, value, words) => {
  const cluster = await makeCluster()
  const run = await requestRun({ cluster, request: { kind: 'plan' }, by })
  await pool().query(`update run set ${column} = $2::jsonb where id = $1`, [run, JSON.stringify(value)])
  expect(await claimRun(run, 'worker')).toBeNull()
  const { rows } = await pool().query('select status, trouble, lease_owner from run where id = $1', [run])
  expect(rows).toMatchObject([
    {
      status: 'failed',
      lease_owner: null,
      trouble: { code: 'run-unreadable', message: expect.stringContaining(words) },
    },
  ])
  expect((await reapRuns()).map(({ id }) => id)).not.toContain(run)
  const next = await requestRun({ cluster, request: { kind: 'plan' }, by })
  expect((await claimRun(next, 'worker'))?.run).toBe(next)
})

test('a worker that comes back to a run knows which plan was approved', async () => {
  const cluster = await makeCluster()
  const digest = 'a'.repeat(64)
  const approvedRun = await planned(cluster, digest)
  const run = await requestRun({ cluster, request: { kind: 'provision', approved: digest }, by })
  expect(await getRun(run)).toMatchObject({ approved: digest, approvedRun })
  const claim = (await claimRun(run, 'worker'))!
  expect([claim.approvedPlan?.digest, claim.firstContact, claim.takenOver]).toEqual([digest, true, false])
  await letRunOut(run)
  await until('the run is reaped', async () => (await reapRuns()).some((entry) => entry.id === run))
  expect((await claimRun(run, 'heir'))?.firstContact).toBe(false)
})
