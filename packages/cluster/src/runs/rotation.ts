/** How far the replacing of a cluster's secrets has come. */
import { z } from 'zod'

/**
 * `trust`: every node accepts the present and the next authority, and Bramble's next SSH key. `identity`: certificates and
 * keys of the next authority. `passwords`: those between the nodes, and the application's when it was asked for.
 * `finish`: the old authority and the old SSH key are revoked.
 */
export const rotationPhases = ['trust', 'identity', 'passwords', 'finish'] as const
export const RotationPhase = z.enum(rotationPhases)
export type RotationPhase = z.infer<typeof RotationPhase>

/** Name under which the phase is kept among the cluster's secrets; it is none. */
export const rotationPhaseName = 'rotation.phase'
