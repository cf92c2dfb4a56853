/** What is known of a running app: what etcd says should serve, and what the nodes report. */
import { z } from 'zod'
import { NodeName } from '../names.ts'
import { ReleaseDigest } from './run.ts'

const AppSlotStatus = z.object({
  node: NodeName,
  slot: z.enum(['a', 'b']),
  release: ReleaseDigest,
  state: z.enum(['starting', 'ready', 'failed', 'missing', 'draining']),
  /** Why it failed, or the last lines of its log. */
  message: z.string().nullable(),
  restarts: z.int(),
})

const AppCronRun = z.object({
  /** The minute whose turn it was, ISO. */
  at: z.string(),
  node: NodeName,
  state: z.enum(['running', 'succeeded', 'failed', 'timeout', 'lost']),
  /** ISO times. */
  started: z.string(),
  ended: z.string().nullable(),
  code: z.int().nullable(),
  /** The last ones of its log. */
  lines: z.string().nullable(),
})
export type AppCronRun = z.infer<typeof AppCronRun>

const AppCronStatus = z.object({
  name: z.string(),
  schedule: z.string(),
  command: z.string(),
  /** Seconds until it is ended. */
  timeout: z.int().default(3600),
  /** Newest first. */
  runs: z.array(AppCronRun),
})

export const AppStatus = z.object({
  /** Null: nothing serves yet. */
  serving: z
    .object({
      generation: z.int(),
      release: ReleaseDigest,
      slot: z.enum(['a', 'b']),
      nodes: z.array(NodeName),
    })
    .nullable(),
  /** What people asked: `maintenance` runs, and visitors get the maintenance page. */
  availability: z.enum(['running', 'stopped', 'maintenance']).default('running'),
  slots: z.array(AppSlotStatus),
  /** Scheduled commands of what serves. */
  cron: z.array(AppCronStatus).default([]),
  /** Nodes without a report: they are off, or their agent does not run. */
  silent: z.array(NodeName),
  /** Load balancers that send requests to an older generation. */
  behind: z.array(NodeName),
  /** Nodes whose kernel does not hold apps to their memory. */
  unlimited: z.array(NodeName).default([]),
})
export type AppStatus = z.infer<typeof AppStatus>

export type AppCondition = 'not-deployed' | 'running' | 'degraded' | 'down' | 'stopped' | 'maintenance'

/** In one word: `degraded` when a node that should serve does not, `down` when none does. What people asked for comes first. */
export function appCondition(status: AppStatus | null): AppCondition {
  const serving = status?.serving
  if (!status || !serving) return 'not-deployed'
  if (status.availability !== 'running') return status.availability
  const ready = serving.nodes.filter((node) =>
    status.slots.some((slot) => slot.node === node && slot.slot === serving.slot && slot.state === 'ready'),
  )
  if (ready.length === 0) return 'down'
  return ready.length < serving.nodes.length || status.behind.length > 0 ? 'degraded' : 'running'
}
