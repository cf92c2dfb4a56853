/** A plan as data: what the engine yields, the database keeps and the page shows. Nothing secret stands in it. */
import { z } from 'zod'
import { NodeName } from './names.ts'

/** One action as the reader of a plan sees it. */
export const PlannedAction = z.discriminatedUnion('kind', [
  /** A command; secrets travel on stdin and are not shown. */
  z.object({ kind: z.literal('run'), argv: z.array(z.string()), as: z.enum(['root', 'postgres']) }),
  /** Notes on the node what a service has loaded. */
  z.object({ kind: z.literal('stamp'), unit: z.string() }),
  /** A file; `diff` is a unified diff, or null when the content is secret or the file is new and secret. */
  z.object({
    kind: z.literal('put'),
    path: z.string(),
    mode: z.string(),
    owner: z.string(),
    secret: z.boolean(),
    diff: z.string().nullable(),
  }),
])
export type PlannedAction = z.infer<typeof PlannedAction>

export const PlannedStep = z.object({
  /** `role/noun`, unique on a node: `balancer/haproxy.cfg`. */
  id: z.string(),
  role: z.string(),
  title: z.string(),
  verdict: z.enum(['settled', 'todo', 'gate']),
  /** Why it is to be done; empty when settled. */
  because: z.string(),
  actions: z.array(PlannedAction),
  /** SHA-256 (hex) of what the step would write; a later plan may do a step only with the same one. */
  signature: z.string(),
  /** What will be lost, in words; null when nothing. */
  destroys: z.string().nullable(),
  /** What stops for a moment: `postgres restarts on pi-2`; null when nothing. */
  disrupts: z.string().nullable(),
})
export type PlannedStep = z.infer<typeof PlannedStep>

export const NodePlan = z.object({
  node: NodeName,
  /** Null when the node could not be asked: then `trouble` says why and what to do. */
  steps: z.array(PlannedStep).nullable(),
  trouble: z.object({ code: z.string(), message: z.string(), cure: z.string() }).nullable(),
})
export type NodePlan = z.infer<typeof NodePlan>

export const Plan = z.object({
  /** SHA-256 (hex) over everything that would be done; what is approved is this. */
  digest: z.string(),
  /** `together`: first boot. `one-by-one`: the cluster serves; nodes follow `order`, the primary last. */
  rollout: z.enum(['together', 'one-by-one']),
  order: z.array(NodeName),
  nodes: z.array(NodePlan),
  /** Count of steps to do over all nodes. */
  changes: z.int(),
  /** Facts that outlive the plan, shown on the page. */
  findings: z.array(
    z.object({
      level: z.enum(['error', 'warning']),
      code: z.string(),
      node: z.string().nullable(),
      message: z.string(),
      cure: z.string(),
    }),
  ),
})
export type Plan = z.infer<typeof Plan>
