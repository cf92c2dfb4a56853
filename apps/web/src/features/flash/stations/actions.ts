'use server'
import { StationName } from '@bramble/cluster'
import { createStationCode, removeStation } from '@bramble/db/flash'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { flash } from '@/features/flash/copy.ts'
import { type Outcome, outcome, refuse, refuseFields } from '@/format/outcome.ts'

const Add = z.strictObject({ name: StationName })

/** The code is in this answer and nowhere else, ever. */
export async function addStation(input: z.input<typeof Add>): Promise<Outcome<{ code: string; expiresAt: string }>> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const asked = Add.safeParse(input)
  if (!asked.success) return refuseFields(asked.error.issues)
  return outcome(() => createStationCode({ ...asked.data, by: who.by }))
}

const Remove = z.strictObject({ station: z.string().min(1).max(100), typedName: z.string().max(200) })

/** Its token ends at once. */
export async function dropStation(input: z.infer<typeof Remove>): Promise<Outcome> {
  const who = await access.require('admin')
  const asked = Remove.safeParse(input)
  if (!asked.success) return refuse(flash.stations.unread)
  return outcome(async () => {
    await removeStation({ ...asked.data, by: who.by })
    return {}
  })
}
