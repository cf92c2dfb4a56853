/** Apps in the settings of a cluster. */
import type { AppSpec, ClusterSpec } from '@bramble/cluster'
import { holdCluster, lockCluster, type Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { checkedSpec, settingsOf, specOf, withNodes } from '../store/specs.ts'

/**
 * `change` sees the app as nobody else can change it meanwhile, and returns what it is to be.
 * Refusal `cluster-unknown`, `run-active`, `app-unknown`, `spec-invalid`.
 */
export async function changeAppSpec(
  cluster: string,
  app: string,
  change: (before: AppSpec, tx: Transaction, clusterId: string) => Promise<AppSpec>,
): Promise<void> {
  await prisma().$transaction(async (tx) => {
    const { id } = await lockCluster(tx, cluster)
    const spec = specOf(await tx.cluster.findUniqueOrThrow({ where: { id }, include: withNodes }))
    const after = await change(findApp(spec, app), tx, id)
    await storeApps(tx, id, { ...spec, apps: (spec.apps ?? []).map((one) => (one.name === app ? after : one)) })
  })
}

/**
 * What a release that serves needs of its nodes, so that one that is replaced gets it: the kind is of the present release, packages
 * are only added. An app that is gone stays gone.
 */
export async function keepAppNeeds(
  cluster: string,
  app: string,
  { kind, packages }: { kind: AppSpec['kind']; packages: readonly string[] },
): Promise<void> {
  await prisma().$transaction(async (tx) => {
    const { id } = await holdCluster(tx, cluster)
    const spec = specOf(await tx.cluster.findUniqueOrThrow({ where: { id }, include: withNodes }))
    const apps = (spec.apps ?? []).map((one) => {
      if (one.name !== app) return one
      const all = [...new Set([...(one.packages ?? []), ...packages])]
      return { ...one, ...(kind ? { kind } : {}), ...(all.length > 0 ? { packages: all } : {}) }
    })
    await storeApps(tx, id, { ...spec, apps })
  })
}

/** Refusal `app-unknown`. */
export function findApp(spec: ClusterSpec, name: string): AppSpec {
  const app = spec.apps?.find((one) => one.name === name)
  if (!app) throw new Refusal('app-unknown', `${spec.name} has no app ${name}.`, 'Reload the page.')
  return app
}

/** Refusal `spec-invalid`. */
export async function storeApps(tx: Transaction, clusterId: string, spec: ClusterSpec): Promise<void> {
  const settings = settingsOf(checkedSpec(spec))
  await tx.cluster.update({ where: { id: clusterId }, data: { settings, updatedAt: new Date() } })
}
