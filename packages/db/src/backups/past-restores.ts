/** The restores of a cluster that came through: they tell on which branch of history a moment lies. */
import type { PastRestore } from '@bramble/cluster'
import { prisma } from '../store/connection.ts'

/** Oldest first. */
export async function pastRestores(clusterId: string): Promise<PastRestore[]> {
  const rows = await prisma().backupRestore.findMany({ where: { clusterId }, orderBy: { at: 'asc' } })
  return rows.map(({ at, to, fromTimeline, source }) => ({
    at: at.toISOString(),
    to: to?.toISOString() ?? null,
    fromTimeline,
    source,
  }))
}

export async function storeRestore(input: {
  clusterId: string
  run: string
  requestedBy: string
  past: PastRestore & { node: string; label: string }
}): Promise<void> {
  const { clusterId, run: runId, requestedBy } = input
  const { at, to, fromTimeline, node, label, source = null } = input.past
  const data = {
    clusterId,
    at: new Date(at),
    to: to === null ? null : new Date(to),
    fromTimeline,
    node,
    label,
    source,
    requestedBy,
  }
  await prisma().backupRestore.upsert({ where: { runId }, create: { runId, ...data }, update: data })
}
