'use server'
import { AcceptName, ClusterName, NodeName, obstacles, Role } from '@bramble/cluster'
import { getCluster, removeCluster, updateSpec } from '@bramble/db/clusters'
import { getPlan, getRun, requestRun } from '@bramble/db/runs'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { withPlacement } from '@/features/topology/placement.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { losses, refusal } from './words.ts'

const SaveRoles = z.strictObject({ cluster: ClusterName, placement: z.record(NodeName, z.array(Role).max(4)) })

export async function saveRoles(input: z.infer<typeof SaveRoles>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = SaveRoles.safeParse(input)
  if (!asked.success) return refuse('Invalid roles.', 'Reload the page and try again.')
  const { cluster, placement } = asked.data
  const view = await getCluster(cluster)
  if (!view) return gone(cluster)
  return outcome(async () => {
    await updateSpec({ cluster, spec: withPlacement(view.spec, placement), by: who.email })
    return {}
  })
}

const PlanCluster = z.strictObject({ cluster: ClusterName, only: z.array(NodeName).min(1).optional() })

/** Queues a plan; it changes nothing on the Pis. */
export async function planCluster(input: z.infer<typeof PlanCluster>): Promise<Outcome<{ run: string }>> {
  const who = await access.require('operator')
  const asked = PlanCluster.safeParse(input)
  if (!asked.success) return refuse('Invalid plan request.', 'Reload the page and try again.')
  const { cluster, only } = asked.data
  return outcome(async () => ({
    run: await requestRun({ cluster, request: { kind: 'plan', ...(only ? { only } : {}) }, by: who.email }),
  }))
}

const Approve = z.strictObject({
  run: z.uuid(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  typed: z.string().max(200),
  replace: z.array(AcceptName).max(200).default([]),
})

/**
 * Queues what a plan says. `digest` is what was on the page; `typed`: the cluster's name when something is destroyed;
 * `replace`: the user's own files that Bramble may replace, each by its name.
 */
export async function approvePlan(input: z.input<typeof Approve>): Promise<Outcome<{ run: string }>> {
  const who = await access.require('operator')
  const asked = Approve.safeParse(input)
  if (!asked.success) return refuse('Invalid plan.', 'Press Plan again.')
  const [run, plan] = await Promise.all([getRun(asked.data.run), getPlan(asked.data.run)])
  const cluster = run?.cluster
  if (!run || !cluster || run.kind !== 'plan' || !plan)
    return refuse('This plan no longer exists.', 'Press Plan again.')
  if (plan.digest !== asked.data.digest) return refuse('This is not the plan that you saw.', 'Reload the page.')
  const reason = refusal(plan)
  if (reason) return refuse(reason, 'Fix it and plan again.')
  const { replace } = asked.data
  const [open] = obstacles(plan, replace)
  if (open) return refuse(open.message, open.cure)
  if (losses(plan).length > 0 && asked.data.typed !== cluster)
    return refuse('Data would be lost, and that was not confirmed.', `Type ${cluster} to confirm.`)
  return outcome(async () => ({
    run: await requestRun({
      cluster,
      request: {
        kind: plan.rollout === 'together' ? 'provision' : 'reprovision',
        approved: plan.digest,
        ...(run.only ? { only: run.only } : {}),
        ...(replace.length > 0 ? { replace } : {}),
      },
      by: who.email,
    }),
  }))
}

const Remove = z.strictObject({ cluster: ClusterName, typed: z.string().max(200) })

/** Forgets the cluster; the Pis go on running as they are. */
export async function forgetCluster(input: z.infer<typeof Remove>): Promise<Outcome> {
  const who = await access.require('admin')
  const asked = Remove.safeParse(input)
  if (!asked.success) return refuse('Invalid input.', 'Reload the page and try again.')
  return outcome(async () => {
    await removeCluster({ cluster: asked.data.cluster, typedName: asked.data.typed, by: who.email })
    return {}
  })
}

function gone(cluster: string) {
  return refuse(`There is no cluster ${cluster}.`, 'It may have been removed. Go to Clusters.')
}
