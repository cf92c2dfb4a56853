/** Watches every cluster that no other worker watches, and keeps the history tidy. */
import { setTimeout as sleep } from 'node:timers/promises'
import { keepPartitions, listWatchable, rollUp, type WatchableCluster } from '@bramble/db/metrics'
import type { AppPlaces } from '../apps/places.ts'
import { ClusterWatcher, tickMs } from './cluster-watch.ts'

const houseMs = 60_000

/** Runs until the signal aborts; then every watch is given back. */
export async function watchClusters(owner: string, signal: AbortSignal, apps: AppPlaces): Promise<void> {
  const watching = new Map<string, { made: string; watcher: ClusterWatcher }>()
  const house = keepHouse(signal)
  while (!signal.aborted) {
    await attempt('watch', () => follow(watching, owner, apps))
    await sleep(tickMs, undefined, { signal }).catch(() => undefined)
  }
  await Promise.all([...watching.values()].map(({ watcher }) => watcher.stop()))
  await house
}

/** New clusters are taken, changed ones are begun anew, those that are gone are left. */
async function follow(
  watching: Map<string, { made: string; watcher: ClusterWatcher }>,
  owner: string,
  apps: AppPlaces,
): Promise<void> {
  const clusters = new Map((await listWatchable()).map((cluster) => [cluster.id, cluster]))
  for (const [id, { made, watcher }] of watching) {
    const cluster = clusters.get(id)
    if (cluster && madeOf(cluster) === made) continue
    watching.delete(id)
    await watcher.stop()
  }
  for (const [id, cluster] of clusters) {
    if (watching.has(id)) continue
    await attempt(`watch of ${cluster.spec.name}`, async () => {
      const watcher = await ClusterWatcher.start(cluster, owner, apps)
      if (!watcher) return
      watching.set(id, { made: madeOf(cluster), watcher })
      void watcher.ended.then(() => {
        if (watching.get(id)?.watcher === watcher) watching.delete(id)
      })
    })
  }
}

const madeOf = ({ spec }: WatchableCluster) => JSON.stringify(spec)

/** Every worker does it; the database lets one at a time. */
async function keepHouse(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await attempt('history', async () => {
      await keepPartitions()
      await rollUp()
    })
    await sleep(houseMs, undefined, { signal }).catch(() => undefined)
  }
}

async function attempt(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`)
  }
}
