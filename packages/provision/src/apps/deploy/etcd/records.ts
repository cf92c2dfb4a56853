/** What a deploy notes in etcd for later ones. */
import { NodeName } from '@bramble/cluster'
import { z } from 'zod'

/** Of the release command. `started` without an end: whoever ran it is gone, and only the node may know how it ended. */
export const CommandRecord = z.strictObject({
  state: z.enum(['started', 'done', 'failed']),
  node: NodeName,
  /** systemd's unit there. */
  unit: z.string(),
  at: z.iso.datetime(),
})
export type CommandRecord = z.infer<typeof CommandRecord>
