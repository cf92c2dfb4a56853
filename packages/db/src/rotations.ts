/** Whether the secrets of a cluster are being replaced; the secrets themselves stay sealed. */
import { RotationPhase, rotationPhaseName } from '@bramble/cluster'
import { prisma } from './connection.ts'

/** A rotation that has begun and not ended. `since`: when its present phase began. */
export interface OpenRotation {
  phase: RotationPhase
  /** ISO time. */
  since: string
}

/** `cluster`: its id. Null: none is open. */
export async function openRotation(cluster: string): Promise<OpenRotation | null> {
  const row = await prisma().secret.findUnique({
    where: { clusterId_purpose_name: { clusterId: cluster, purpose: 'issued', name: rotationPhaseName } },
    select: { shown: true, updatedAt: true },
  })
  const phase = RotationPhase.safeParse(row?.shown).data
  return row && phase ? { phase, since: row.updatedAt.toISOString() } : null
}
