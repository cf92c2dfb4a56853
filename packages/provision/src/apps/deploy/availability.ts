/** Stops an app, starts it again, or shows its maintenance page. What was asked is in etcd: the nodes do it, also after a reboot. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AppSpec, ClusterSpec, RunOutcome } from '@bramble/cluster'
import { Trouble } from '../../engine/types.ts'
import type { Rolling } from '../../rollout/rollout.ts'
import { type Availability, keysOf, type ServingRecord } from '../../serving/records.ts'
import { notDeployed } from './deploy.ts'
import { type AppState, appState, readReports, readState } from './etcd/state.ts'
import { openStore, type Store } from './etcd/store.ts'
import { type Progress, progressOf } from './rollout/progress.ts'
import { waitForStart } from './rollout/waiting.ts'

export interface AvailabilityInput extends Pick<Rolling, 'fleet' | 'signal' | 'emit'> {
  spec: ClusterSpec
  app: Pick<AppSpec, 'name'>
  to: 'running' | Availability['state']
}

/** Milliseconds until a node has begun to stop an app, and until it has: connections that last are waited for. */
const longestNotice = 60_000
const longestStop = 330_000

/** Trouble: app-not-deployed, app-busy, etcd-unavailable. */
export async function setAvailability(input: AvailabilityInput): Promise<RunOutcome> {
  const { spec, fleet, app, to, emit, signal } = input
  const began = Date.now()
  const progress = progressOf(emit)
  const store = openStore({ spec, fleet })
  const before = appState(await readState(store), app.name)
  const { serving } = before
  if (!serving) throw notDeployed(app.name)
  const end = (words: string, isDone = true): RunOutcome => {
    const nodes = [...progress.ends]
    const rest = nodes.flatMap(({ node, outcome, message }) => (outcome === 'succeeded' ? [] : [`${node}: ${message}`]))
    const status = !isDone ? 'failed' : rest.length > 0 ? 'partial' : 'succeeded'
    const changed = nodes.reduce((sum, node) => sum + node.changed, 0)
    return { status, changed, seconds: (Date.now() - began) / 1000, message: [words, ...rest].join(' '), nodes }
  }
  // The page stays until it answers: nobody gets an error meanwhile.
  const first = to === 'running' && before.availability?.state === 'stopped' ? 'maintenance' : to
  if (to !== 'running' || before.availability) await write(store, before, first)
  const doing = { store, serving, progress, signal }
  if (to === 'stopped') {
    await waitForStop(doing)
    const isDone = progress.ends.every(({ outcome }) => outcome !== 'failed')
    if (!isDone) return end(`${app.name} did not stop on every node.`, false)
    return end(`${app.name} is stopped. Its domains show the maintenance page.`)
  }
  const ready = await waitForReady(doing)
  if (to === 'maintenance') return end(`${app.name} runs, and its domains show the maintenance page.`)
  if (ready === 0) return end(`${app.name} is not responding on any node.`, false)
  if (first !== to) await write(store, before, to)
  return end(`${app.name} runs.`)
}

/** Not during a deploy: it would end differently from what it said. */
async function write(store: Store, { app }: AppState, to: AvailabilityInput['to']): Promise<void> {
  const keys = keysOf(app)
  const value = () => JSON.stringify({ state: to, since: new Date().toISOString() })
  const change = to === 'running' ? { remove: keys.availability } : { put: keys.availability, value: value() }
  if (await store.commit([{ key: keys.claim, absent: true }], [change])) return
  const now = appState(await readState(store), app)
  // The answer to an attempt that was done may be lost.
  if (!now.claimed && (now.availability?.state ?? 'running') === to) return
  throw new Trouble('app-busy', `${app} is being deployed.`, 'Wait until the deploy has finished, then try again.')
}

interface Doing {
  store: Store
  serving: ServingRecord
  progress: Progress
  signal: AbortSignal
}

async function waitForStop({ store, serving, progress, signal }: Doing): Promise<void> {
  const { app, nodes } = serving
  await Promise.all(
    nodes.map((node) =>
      progress
        .step(node, { id: 'apps/stop', title: `Stop ${app}` }, async (waiting) => {
          const began = Date.now()
          for (;;) {
            const report = (await readReports(store))[node]
            if (!report)
              return progress.end(node, 'unreachable', 'It is not reporting, and does not start the app again.')
            const left = Object.entries(report.slots).flatMap(([key, slot]) =>
              key.startsWith(`${app}/`) ? [slot] : [],
            )
            if (left.length === 0) return progress.end(node, 'succeeded', 'Stopped.')
            const isDraining = left.every(({ state }) => state === 'draining')
            if (Date.now() - began > (isDraining ? longestStop : longestNotice))
              throw new Trouble(
                'app-still-runs',
                `${app} still runs on ${node}.`,
                'Check bramble-apps.service there. If Bramble was updated, apply the cluster file first.',
              )
            waiting('Connections are still open.')
            await sleep(1_000, undefined, { signal })
          }
        })
        .catch((error: unknown) => {
          if (!(error instanceof Trouble)) throw error
          progress.end(node, 'failed', `${error.message} ${error.cure}`)
        }),
    ),
  )
}

/** On how many nodes it answers. */
async function waitForReady({ store, serving, progress, signal }: Doing): Promise<number> {
  const { app, nodes } = serving
  const told = new Map<string, (words: string) => void>()
  const waiting = (node: string, words: string) => told.get(node)?.(words)
  const ends = waitForStart({ store, record: serving, nodes, waiting, signal })
  await Promise.all(
    nodes.map((node) =>
      progress.step(node, { id: 'apps/start', title: `Start ${app}` }, async (wait) => {
        told.set(node, wait)
        const end = (await ends).get(node)
        if (end?.kind === 'ready') progress.end(node, 'succeeded', 'Ready.')
        else if (end?.kind === 'failed') progress.end(node, 'failed', end.message)
        else progress.end(node, 'unreachable', 'It is not reporting.')
      }),
    ),
  )
  return [...(await ends).values()].filter(({ kind }) => kind === 'ready').length
}
