import { claimRun, getRun, readLog, releaseRun, requestCancel, requestRun } from '@bramble/db/runs'
import { makeCluster } from '@bramble/db/test/clusters'
import { until, useDatabase } from '@bramble/db/test/database'
import { expect, test } from 'vitest'
import { watchCancels } from './cancel.ts'
import { Journal } from './journal.ts'
import { Hold } from './lease.ts'

useDatabase()
const by = 'ada@example.org'

async function claimed() {
  const run = await requestRun({ cluster: await makeCluster(), request: { kind: 'plan' }, by })
  return (await claimRun(run, 'worker'))!
}

test('a cancel on the page stops the work within a second', async () => {
  const lease = await claimed()
  const hold = new Hold(lease)
  const stop = await watchCancels(new Map([[lease.run, hold]]))
  const asked = performance.now()
  await requestCancel({ run: lease.run, by })
  await until('the work is told to stop', () => hold.signal.aborted)
  expect([hold.reason, performance.now() - asked < 1000]).toEqual(['cancelled', true])
  hold.end()
  stop()
})

test('who lost the run stops, and writes nothing more', async () => {
  const lease = await claimed()
  const hold = new Hold(lease)
  const journal = new Journal(lease, () => hold.stop('lost'))
  journal.say('mine')
  await journal.flush()
  await releaseRun(lease)
  const heir = (await claimRun(lease.run, 'heir'))!
  journal.say('not mine any more')
  await journal.flush()
  await hold.beat()
  expect([hold.reason, hold.signal.aborted]).toEqual(['lost', true])
  const next = new Journal(heir, () => undefined)
  next.say('of the heir')
  await next.flush()
  expect((await readLog({ run: lease.run, from: 0 })).map((line) => line.text)).toEqual(['mine', 'of the heir'])
  hold.end()
})

test("a run's events become steps and lines, in order, without its secrets", async () => {
  const lease = await claimed()
  const journal = new Journal(lease, () => undefined)
  journal.redactWith((text) => text.replaceAll('hunter22', '‹secret›'))
  const [node, a, b] = ['pi-1', 'base/a', 'base/b']
  journal.emit({ type: 'step-waiting', node, step: 'base/health', because: 'pi-2 is away' })
  await journal.flush()
  journal.emit({ type: 'node-started', node })
  journal.emit({ type: 'step-started', node, step: a, title: 'Host name', because: 'it is raspberrypi' })
  for (let i = 0; i < 1200; i++)
    journal.emit({ type: 'log', node, step: a, stream: 'stdout', text: `out ${i} hunter22` })
  journal.emit({ type: 'step-settled', node, step: a, title: 'Host name', changed: true, seconds: 1.5 })
  journal.emit({ type: 'step-started', node, step: b, title: 'Time', because: 'no chrony' })
  const failure = { code: 'action-failed', message: 'apt said hunter22', cure: 'Look.' }
  journal.emit({ type: 'step-failed', node, step: b, title: 'Time', ...failure })
  journal.emit({ type: 'node-ended', node, outcome: 'failed', changed: 1, message: 'No.' })
  await until('the journal is written without being asked', async () => (await getRun(lease.run))!.lines >= 1207)

  expect((await getRun(lease.run))!.steps.map((step) => [step.id, step.status, step.because])).toEqual([
    ['base/health', 'done', 'pi-2 is away'],
    [a, 'changed', 'it is raspberrypi'],
    [b, 'failed', 'no chrony'],
  ])
  expect((await getRun(lease.run))!.steps.at(-1)?.error?.message).toBe('apt said ‹secret›')
  const log = await readLog({ run: lease.run, from: 0, limit: 5000 })
  expect(log.map((line) => line.seq)).toEqual(Array.from(log, (_, at) => at + 1))
  expect(log.filter((line) => line.stream === 'stdout').map((line) => line.text)).toEqual(
    Array.from({ length: 1200 }, (_, at) => `out ${at} ‹secret›`),
  )
})
