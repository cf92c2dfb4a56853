import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { watchedCluster } from '../../test/watching.ts'
import { requestServerSwitch } from '../clusters/index.ts'
import { prisma } from '../index.ts'
import { claimRun, endRun, listAskers, listRuns, type NewLine, requestRun, searchLogs, writeJournal } from './index.ts'

useDatabase()
const by = 'ada@example.org'

const line = (text: string): NewLine => ({ at: new Date(), node: 'pi-1', step: null, stream: 'stdout', text })

async function ran(cluster: string, texts: string[], who = by): Promise<string> {
  const run = await requestRun({ cluster, request: { kind: 'plan' }, by: who })
  const lease = (await claimRun(run, 'worker'))!
  await writeJournal(lease, { lines: texts.map(line) })
  await endRun(lease, { status: 'succeeded', outcome: null, trouble: null })
  return run
}

test('finds words in any case, newest run first, with the lines and how many more there are', async () => {
  const { name: cluster } = await watchedCluster()
  const older = await ran(cluster, ['nothing', 'Setting up HAProxy (3.0.11)'])
  await ran(cluster, ['another world'])
  const texts = ['haproxy 1', 'haproxy 2', 'other', 'haproxy 3', 'haproxy 4', 'HAPROXY 5', 'haproxy 6']
  const newer = await ran(cluster, texts)
  const found = await searchLogs({ cluster, text: 'haproxy' })
  expect(found.hits.map(({ run, matches, lines }) => [run.id, matches, lines.map(({ seq }) => seq)])).toEqual([
    [newer, 6, [1, 2, 4, 5]],
    [older, 1, [2]],
  ])
  expect(found.hits[1]?.lines[0]).toMatchObject({ node: 'pi-1', stream: 'stdout', text: 'Setting up HAProxy (3.0.11)' })
  expect(found).toMatchObject({ looked: 3, next: null })
})

test('signs that mean something to SQL are only signs', async () => {
  const { name: cluster } = await watchedCluster()
  const run = await ran(cluster, ['100 % done_now \\o/', "it's; drop table run"])
  const of = async (text: string) => (await searchLogs({ cluster, text })).hits.map((hit) => hit.run.id)
  for (const text of ['100 %', 'done_now', '\\o/', "it's; drop"]) expect(await of(text)).toEqual([run])
  for (const text of ['100%done', 'done%now', 'doneXnow', '1__', '   ']) expect(await of(text)).toEqual([])
})

test('looks through so many lines at most, and goes on from there', async () => {
  const { name: cluster } = await watchedCluster()
  const runs: string[] = []
  for (const text of ['needle one', 'hay', 'needle two']) runs.push(await ran(cluster, [text]))
  // As if these logs were long.
  await prisma().run.updateMany({ where: { id: { in: runs } }, data: { lastSeq: 300_000 } })
  const first = await searchLogs({ cluster, text: 'needle' })
  expect(first.hits.map((hit) => hit.run.id)).toEqual([runs[2]])
  expect(first).toMatchObject({ looked: 1, next: first.hits[0]!.run.createdAt })
  const second = await searchLogs({ cluster, text: 'needle', before: first.next! })
  expect(second.hits).toEqual([])
  const third = await searchLogs({ cluster, text: 'needle', before: second.next! })
  expect(third.hits.map((hit) => hit.run.id)).toEqual([runs[0]])
  expect(third.next).toBeNull()
})

test('with more runs than can be shown, the next page begins after the last one shown', async () => {
  const { name: cluster } = await watchedCluster()
  const runs: string[] = []
  for (let at = 0; at < 27; at++) runs.unshift(await ran(cluster, [`needle ${at}`]))
  const first = await searchLogs({ cluster, text: 'needle' })
  expect(first.hits.map((hit) => hit.run.id)).toEqual(runs.slice(0, 25))
  const second = await searchLogs({ cluster, text: 'needle', before: first.next! })
  expect(second.hits.map((hit) => hit.run.id)).toEqual(runs.slice(25))
  expect([first.looked, second.looked]).toEqual([25, 2])
})

test('runs are filtered by who asked, what kind and when', async () => {
  const { name: cluster } = await watchedCluster()
  const first = await ran(cluster, ['one'])
  const between = new Date()
  const second = await ran(cluster, ['two'], 'bob@example.org')
  const change = { backend: 'web', server: 'pi-3', state: 'ready' as const, wait: 0 }
  const third = await requestServerSwitch({ cluster, change, by })
  const ids = async (filter: Parameters<typeof listRuns>[0]) =>
    (await listRuns({ cluster, ...filter })).map((run) => run.id)
  expect(await ids({})).toEqual([third, second, first])
  expect(await ids({ by: 'bob@example.org' })).toEqual([second])
  expect(await ids({ kind: 'server-switch' })).toEqual([third])
  expect(await ids({ from: between })).toEqual([third, second])
  expect(await ids({ to: between })).toEqual([first])
  expect(await ids({ from: between, to: between })).toEqual([])
  const [newest] = await listRuns({ cluster })
  expect(await ids({ before: newest!.createdAt, from: between })).toEqual([second])
  expect(await ids({ before: newest!.createdAt, to: between })).toEqual([first])
  expect(await listAskers()).toEqual(expect.arrayContaining([by, 'bob@example.org']))
})
