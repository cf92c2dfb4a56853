/** The worker: takes jobs from the queue, does them through the engine, takes over what others left. */
import { enqueueRun, openConsumer, reapRuns, sweepProbes } from '@bramble/db'
import { watchCancels } from './cancel.ts'
import { probeJob } from './jobs/probe.ts'
import { workOnRun } from './jobs/work.ts'
import type { Hold } from './lease.ts'

export interface RunningWorker {
  /** Gives its runs back to the queue and ends. */
  stop(): Promise<void>
}

const concurrency = 16
const reapMs = 2_000
const sweepMs = 10 * 60_000

export async function startWorker(owner: string): Promise<RunningWorker> {
  const holds = new Map<string, Hold>()
  const ending = new AbortController()
  const stopWatching = await watchCancels(holds)
  const consumer = openConsumer(
    async ({ kind, id }) => {
      if (ending.signal.aborted) throw new Error('This worker is ending')
      if (kind === 'probe') await probeJob(id, ending.signal)
      else await workOnRun(id, owner, holds)
    },
    { concurrency },
  )
  const reaper = setInterval(() => void attempt('reaper', reap), reapMs)
  const sweeper = setInterval(() => void attempt('sweeper', sweepProbes), sweepMs)
  return {
    async stop() {
      clearInterval(reaper)
      clearInterval(sweeper)
      ending.abort()
      for (const hold of holds.values()) hold.stop('handover')
      await consumer.close()
      stopWatching()
    },
  }
}

async function reap(): Promise<void> {
  for (const { id, fence, abandoned } of await reapRuns()) {
    if (abandoned) console.log(`The run ${id} lost its worker: it is queued again`)
    await enqueueRun(id, fence)
  }
}

async function attempt(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`)
  }
}
