/** What may be asked of the backups of a cluster. */
import { z } from 'zod'
import { RestoreSource } from './source.ts'

export const BackupType = z.enum(['full', 'diff', 'incr'])
export type BackupType = z.infer<typeof BackupType>

/**
 * `backup`: one more. `restore`: the whole cluster goes back to a moment (ISO time with its zone; null: the newest
 * state that the archive holds), or, with `from`, gets the data of another one. `restore-drill`: the newest backup into a throw-away instance.
 */
export const BackupRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('backup'), type: BackupType }),
  z.strictObject({
    kind: z.literal('restore'),
    to: z.iso.datetime({ offset: true }).nullable(),
    from: RestoreSource.optional(),
  }),
  z.strictObject({ kind: z.literal('restore-drill') }),
])
export type BackupRequest = z.infer<typeof BackupRequest>
