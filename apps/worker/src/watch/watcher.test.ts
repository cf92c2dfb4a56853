import { createCluster, getCluster, removeCluster } from '@bramble/db/clusters'
import { listTimeline, readWatch } from '@bramble/db/metrics'
import { claimRun, endRun, requestRun } from '@bramble/db/runs'
import { newCluster, planned } from '@bramble/db/test/clusters'
import { until, useDatabase } from '@bramble/db/test/database'
import { afterEach, expect, test } from 'vitest'
import { watchClusters } from './watcher.ts'

useDatabase()
const by = 'ada@example.org'
const working: { ending: AbortController; done: Promise<void> }[] = []
function begin(owner: string) {
  const ending = new AbortController()
  const worker = {
    ending,
    done: watchClusters(owner, ending.signal, { received: '/nonexistent', releases: '/nonexistent' }),
  }
  working.push(worker)
  return worker
}
async function end({ ending, done }: ReturnType<typeof begin>) {
  ending.abort()
  await done
}
afterEach(async () => {
  await Promise.all(working.splice(0).map(end))
})

/** A cluster that was built, in a lab that does not exist: every node is refused at once, and nothing leaves this machine. */
async function builtCluster(): Promise<string> {
  const asked = newCluster()
  asked.spec.vip = '198.19.255.100'
  for (const [at, node] of asked.spec.nodes.entries()) node.address = `198.19.255.${11 + at}`
  const { name } = await createCluster(asked)
  await planned(name, 'd'.repeat(64))
  const id = await requestRun({ cluster: name, request: { kind: 'provision', approved: 'd'.repeat(64) }, by })
  const lease = await claimRun(id, 'builder')
  const outcome = { status: 'succeeded' as const, changed: 1, seconds: 1, message: 'Built.', nodes: [] }
  await endRun(lease!, { status: 'succeeded', outcome, trouble: null })
  return name
}

test('what was built is watched, by one worker, and by the next one when that ends', async () => {
  const cluster = await builtCluster()
  const first = begin('first')
  const look = async () => (await readWatch(cluster)).at
  await until('the nodes are told as away', async () => (await readWatch(cluster)).states.length === 3, 30_000)
  const { states } = await readWatch(cluster)
  expect(states.map(({ node, trouble, machine }) => [node, trouble?.code, machine])).toEqual([
    ['pi-1', 'unreachable', null],
    ['pi-2', 'unreachable', null],
    ['pi-3', 'unreachable', null],
  ])
  expect((await getCluster(cluster))!.nodes.map(({ reachable }) => reachable)).toEqual([false, false, false])

  begin('second')
  const before = await look()
  await until('it goes on', async () => (await look())! > before!, 15_000)
  await end(first)
  const left = (await look())!
  await until('the second worker takes over', async () => (await look())! > left, 20_000)
  // Away for both: told once.
  await until('it is told that they are away', async () => (await away(cluster)).length >= 3, 20_000)
  expect((await away(cluster)).sort()).toEqual(['pi-1', 'pi-2', 'pi-3'])

  await removeCluster({ cluster, typedName: cluster, by })
  await Promise.all(working.splice(0).map(end))
}, 120_000)

async function away(cluster: string): Promise<(string | null)[]> {
  const events = await listTimeline({ cluster, from: new Date(Date.now() - 600_000), to: new Date() })
  return events.flatMap(({ kind, node }) => (kind === 'node-away' ? [node] : []))
}
