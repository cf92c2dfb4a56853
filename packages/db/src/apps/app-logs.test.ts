/** The newest lines of an app's log, as programs ask for them. */
import { expect, test } from 'vitest'
import * as db from '../../test/all.ts'
import { builtCluster, someApp } from '../../test/apps.ts'
import { useDatabase } from '../../test/database.ts'

useDatabase()
const line = (second: number, node: string, text: string, process = 'web') => ({
  at: new Date(1_800_000_000_000 + second * 1000).toISOString(),
  ...{ node, process, text },
})
const signal = new AbortController().signal
const newest = async (id: string, change: { lines?: number; process?: string; ms?: number } = {}) => {
  const { lines, complete } = await db.newestOfAppLog(id, { lines: 2, ms: 30_000, signal, ...change })
  return [complete, ...lines.map(({ text }) => text)]
}

test('the newest lines are answered once those of all nodes are here, so many of each node', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  const id = await db.openAppLog({ cluster, app: 'blog' })
  await db.claimAppLog(id, 'worker')
  await db.writeAppLog(id, 'worker', [line(1, 'pi-1', 'a'), line(4, 'pi-1', 'd'), line(5, 'pi-1', 'e', 'job')])
  const waiting = newest(id)
  expect(await newest(id, { ms: 300 })).toEqual([false, 'd', 'e'])
  await db.writeAppLog(id, 'worker', [line(2, 'pi-2', 'b')])
  await db.markNewest(id, 'worker')
  expect(await waiting).toEqual([true, 'b', 'd', 'e'])
  expect(await newest(id, { process: 'job' })).toEqual([true, 'e'])
  // Who comes later is answered at once, also when the first lines have made way for newer ones.
  for (let at = 0; at < 6; at++)
    await db.writeAppLog(
      id,
      'worker',
      Array.from({ length: 400 }, (_, n) => line(10 + at * 400 + n, 'pi-2', `${at} ${n}`)),
    )
  expect(await newest(id, { ms: 20_000, lines: 1 })).toEqual([true, '5 399'])
})

test('a log that cannot be read is refused with the reason', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  const id = await db.openAppLog({ cluster, app: 'blog' })
  await db.claimAppLog(id, 'worker')
  await db.leaveAppLog(id, 'worker', { code: 'ssh', message: 'No way to the nodes.', cure: 'Try again.' })
  await expect(newest(id)).rejects.toMatchObject({ code: 'ssh' })
})
