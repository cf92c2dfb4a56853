/** What a run tells while it goes: yielded by the engine, written down by the worker, followed by the page. */
import { z } from 'zod'
import { NodeName } from '../names.ts'
import { Plan } from './plan.ts'

const node = NodeName
const step = z.string()

export const RunEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('planned'), plan: Plan }),
  z.object({ type: z.literal('node-started'), node }),
  z.object({ type: z.literal('step-started'), node, step, title: z.string(), because: z.string() }),
  /** A gate is not open yet; sent when the reason changes. */
  z.object({ type: z.literal('step-waiting'), node, step, because: z.string() }),
  z.object({
    type: z.literal('step-settled'),
    node,
    step,
    title: z.string(),
    changed: z.boolean(),
    seconds: z.number(),
  }),
  z.object({
    type: z.literal('step-failed'),
    node,
    step,
    title: z.string(),
    code: z.string(),
    message: z.string(),
    cure: z.string(),
  }),
  z.object({
    type: z.literal('log'),
    node: node.nullable(),
    step: step.nullable(),
    stream: z.enum(['stdout', 'stderr', 'bramble']),
    text: z.string(),
  }),
  z.object({
    type: z.literal('node-ended'),
    node,
    outcome: z.enum(['succeeded', 'failed', 'unreachable', 'cancelled', 'skipped']),
    changed: z.int(),
    message: z.string(),
  }),
])
export type RunEvent = z.infer<typeof RunEvent>
/** How a run ended, as data: kept with the run. */
export const RunOutcome = z.object({
  status: z.enum(['succeeded', 'partial', 'failed', 'cancelled']),
  changed: z.int(),
  seconds: z.number(),
  /** One sentence for the top of the page: what happened and, unless all is well, what to do next. */
  message: z.string(),
  nodes: z.array(z.object({ node, outcome: z.string(), changed: z.int(), message: z.string() })),
  /** Of a one-off command of an app. */
  exitCode: z.int().optional(),
})
export type RunOutcome = z.infer<typeof RunOutcome>
