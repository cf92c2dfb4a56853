import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { pool } from '../store/connection.ts'
import { claimRun, endRun, followLog, followRun, type Lease, readLog, requestRun, writeJournal } from './index.ts'
import { logCap } from './journal.ts'

useDatabase()
const by = 'ada@example.org'
const done = { status: 'succeeded' as const, changed: 0, seconds: 1, message: 'Done.', nodes: [] }
const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({
    ...{ at: new Date(), node: null, step: null, stream: 'stdout' as const },
    text: `line ${from + at}`,
  }))

async function heldRun(): Promise<Lease> {
  const run = await requestRun({ cluster: await makeCluster(), request: { kind: 'plan' }, by })
  return (await claimRun(run, 'writer'))!
}

const end = (lease: Lease) => endRun(lease, { status: 'succeeded', outcome: done, trouble: null })

/** All texts that a follower gets from `from` on, until the run is over. */
async function follow(run: string, from: number): Promise<string[]> {
  const texts: string[] = []
  for await (const batch of followLog({ run, from })) for (const line of batch) texts.push(line.text)
  return texts
}

test('while lines are written, a follower from any offset misses none and doubles none', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
      fc.array(fc.tuple(fc.nat(2_000), fc.nat(7)), { minLength: 1, maxLength: 5 }),
      async (batches, followers) => {
        const lease = await heldRun()
        const total = batches.reduce((sum, size) => sum + size, 0)
        const going: Promise<void>[] = []
        let written = 0
        for (const [at, size] of batches.entries()) {
          for (const [from, joins] of followers)
            if (joins % batches.length === at)
              going.push(
                follow(lease.run, from).then((texts) => {
                  const expected = Array.from({ length: Math.max(0, total - from) }, (_, i) => `line ${from + i + 1}`)
                  expect(texts).toEqual(expected)
                }),
              )
          await writeJournal(lease, { lines: lines(written + 1, size) })
          written += size
        }
        await end(lease)
        await Promise.all(going)
      },
    ),
    { numRuns: 12 },
  )
})

test('a follower survives the loss of its listening connection', async () => {
  const lease = await heldRun()
  const following = follow(lease.run, 0)
  await writeJournal(lease, { lines: lines(1, 3) })
  await pool().query(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()`,
  )
  await writeJournal(lease, { lines: lines(4, 3) })
  await end(lease)
  expect(await following).toEqual(lines(1, 6).map((line) => line.text))
})

test('an aborted follower ends, though the run goes on', async () => {
  const lease = await heldRun()
  const leaving = new AbortController()
  const following = (async () => {
    for await (const _ of followLog({ run: lease.run, signal: leaving.signal })) leaving.abort()
  })()
  await writeJournal(lease, { lines: lines(1, 1) })
  await following
  await end(lease)
})

test('the view comes at once, after changes, and last as the run ended', async () => {
  const lease = await heldRun()
  const seen: string[] = []
  const following = (async () => {
    for await (const view of followRun({ run: lease.run }))
      seen.push(`${view.status} ${view.steps.map((step) => step.status).join()}`)
  })()
  const step = { node: 'pi-1', step: 'base/a', title: 'A', because: '', seconds: null, error: null }
  await writeJournal(lease, { steps: [{ ...step, status: 'running' }] })
  await writeJournal(lease, { steps: [{ ...step, status: 'changed' }] })
  await end(lease)
  await following
  expect(seen.at(-1)).toBe('succeeded changed')
  expect(seen.length).toBeLessThanOrEqual(4)
})

test('a log is kept up to its cap, and its last line says so', async () => {
  const lease = await heldRun()
  for (let written = 0; written < logCap - 2; written += 500)
    await writeJournal(lease, { lines: lines(written + 1, Math.min(500, logCap - 2 - written)) })
  await writeJournal(lease, { lines: lines(logCap - 1, 10) })
  await writeJournal(lease, { lines: lines(logCap + 9, 10) })
  const tail = await readLog({ run: lease.run, from: logCap - 2 })
  expect(tail.map((line) => line.seq)).toEqual([logCap - 1, logCap])
  expect(tail.at(-1)?.text).toContain('full')
  await end(lease)
})

test('what PostgreSQL cannot keep in a text does not stop the journal', async () => {
  const lease = await heldRun()
  const text = `nul \u0000, lone \ud800, long ${'x'.repeat(10_000)}`
  await writeJournal(lease, {
    lines: [{ at: new Date(), node: null, step: null, stream: 'stderr', text }],
    plan: { digest: '\u0000', rollout: 'together', order: [], nodes: [], changes: 0, findings: [] },
  })
  await end(lease)
  expect((await follow(lease.run, 0))[0]).toContain('nul \u2400')
})

test('many who follow a run and its log at its end ask the database no more than one does', async () => {
  const lease = await heldRun()
  let asked = 0
  pool().on('acquire', () => asked++)
  const leaving = Array.from({ length: 25 }, () => new AbortController())
  const seen = { lines: 0, views: 0 }
  const log = async (signal: AbortSignal) => {
    for await (const batch of followLog({ run: lease.run, signal })) seen.lines += batch.length
  }
  const state = async (signal: AbortSignal) => {
    for await (const _ of followRun({ run: lease.run, signal })) seen.views++
  }
  const step = { node: 'pi-1', step: 'base/a', title: 'A', because: '', seconds: null, error: null }
  const write = (line: number, status: 'running' | 'changed') =>
    writeJournal(lease, { lines: lines(line, 1), steps: [{ ...step, status }] })
  const following = leaving.map(({ signal }) => Promise.all([log(signal), state(signal)]))
  await expect.poll(() => seen.views).toBe(25)
  asked = 0
  await write(1, 'running')
  await expect.poll(() => [seen.lines, seen.views]).toEqual([25, 50])
  // One view is three queries; one for each reader would be a hundred and more.
  expect(asked).toBeLessThan(25)
  for (const reader of leaving) reader.abort()
  await Promise.all(following)
  await end(lease)
})
