'use server'
import { recordAudit } from '@bramble/db/audit'
import { noteProof } from '@bramble/db/people'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { identity as words } from '@/auth/identity-copy.ts'
import { proveCode, provePassword } from '@/auth/proof.ts'
import { currentSession } from '@/auth/session.ts'
import { type Outcome, refuse } from '@/format/outcome.ts'

const Proof = z.strictObject({ password: z.string().min(1).max(128), code: z.string().max(40).optional() })
export type ProofInput = z.infer<typeof Proof>

/** The password, and a code when the second factor is on. It counts for this browser, for ten minutes. */
export async function confirmIdentity(input: ProofInput): Promise<Outcome> {
  const who = await access.require('viewer')
  const [asked, here] = [Proof.safeParse(input), await currentSession()]
  if (!asked.success || !here) return refuse(words.unread)
  const { password, code = '' } = asked.data
  const refusal = (await provePassword(who, password)) ?? (here.secondFactor ? await proveCode(who, code) : null)
  await recordAudit({
    ...{ who: who.by, what: 'identity.confirm' },
    ...(refusal ? { outcome: 'refused', detail: refusal.message } : { outcome: 'done' }),
  })
  if (refusal) return refusal
  await noteProof(here.id)
  return { ok: true }
}
