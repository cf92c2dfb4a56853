'use server'
import { ClusterName, FlashRequest, NodeName, Wifi } from '@bramble/cluster'
import { requestFlash } from '@bramble/db/flash'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'

const Start = z.strictObject({
  cluster: ClusterName,
  flash: FlashRequest,
  confirmed: z.record(NodeName, z.string().max(200)),
  wifi: z.union([Wifi, z.literal('kept'), z.null()]),
})
export type StartInput = z.input<typeof Start>

/** Erases and writes cards. The station's newest listing decides, not what the page had seen. */
export async function startFlash(input: StartInput): Promise<Outcome<{ run: string }>> {
  const who = await access.require('operator')
  const asked = Start.safeParse(input)
  if (!asked.success) return refuse('Invalid input.', 'Reload the page and select again.')
  return outcome(() => requestFlash({ ...asked.data, by: who.email }))
}
