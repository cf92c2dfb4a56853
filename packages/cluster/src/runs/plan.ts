/** A plan as data: what the engine yields, the database keeps and the page shows. Nothing secret stands in it. */
import { z } from 'zod'
import { NodeName } from '../names.ts'

/** One action as the reader of a plan sees it. */
export const PlannedAction = z.discriminatedUnion('kind', [
  /** A command; secrets travel on stdin and are not shown. */
  z.object({ kind: z.literal('run'), argv: z.array(z.string()), as: z.enum(['root', 'postgres']) }),
  /** Notes on the node what a service has loaded. */
  z.object({ kind: z.literal('stamp'), unit: z.string() }),
  /** Signs in with the cluster's key over a new connection, before what could lock everybody out. */
  z.object({ kind: z.literal('prove-key'), user: z.string() }),
  /**
   * A file; `diff` is a unified diff, or null when the content is secret. `kept`: the user's own file was in its place, and
   * where the node keeps it.
   */
  z.object({
    kind: z.literal('put'),
    path: z.string(),
    mode: z.string(),
    owner: z.string(),
    secret: z.boolean(),
    diff: z.string().nullable(),
    kept: z.string().optional(),
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
      /** An error that a person may accept, and the name by which: `pi-1:/etc/haproxy/haproxy.cfg`. */
      accept: z.string().optional(),
    }),
  ),
})
export type Plan = z.infer<typeof Plan>

/** Name by which the replacement of a user's own file is accepted. */
export const acceptName = (node: string, path: string): string => `${node}:${path}`

export const AcceptName = z
  .string()
  .max(300)
  .regex(/^[a-z0-9-]+:\/[\w./@+-]+$/, 'must be a node and a file, such as pi-1:/etc/haproxy/haproxy.cfg')

/** The findings that stop a run: errors that nobody has accepted. */
export function obstacles(plan: Pick<Plan, 'findings'>, accepted: readonly string[]): Plan['findings'] {
  return plan.findings.filter(
    ({ level, accept }) => level === 'error' && (accept === undefined || !accepted.includes(accept)),
  )
}
