/** Whether the secrets of a cluster are being replaced; the secrets themselves stay sealed. */
import { RotationPhase, rotationPhaseName } from '@bramble/cluster'
import { prisma } from '../store/connection.ts'
import { isId } from '../store/ids.ts'

/** A rotation that has begun and not ended. `since`: when its present phase began. */
export interface OpenRotation {
  phase: RotationPhase
  /** ISO time. */
  since: string
}

/** `cluster`: name or id. Null: none is open. */
export async function openRotation(cluster: string): Promise<OpenRotation | null> {
  const named = isId(cluster) ? { id: cluster } : { name: cluster }
  const row = await prisma().secret.findFirst({
    where: { cluster: named, purpose: 'issued', name: rotationPhaseName },
    select: { shown: true, updatedAt: true },
  })
  const phase = RotationPhase.safeParse(row?.shown).data
  return row && phase ? { phase, since: row.updatedAt.toISOString() } : null
}
