'use server'
import { createToken, revokeToken, TokenLife, TokenName } from '@bramble/db/people'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { roleNames } from '@/auth/roles.ts'
import { settings } from '@/features/settings/copy.ts'
import { type Outcome, outcome, refuse, refuseFields } from '@/format/outcome.ts'

const Make = z.strictObject({ name: TokenName, role: z.enum(roleNames), days: TokenLife })
export type MakeInput = z.infer<typeof Make>

/** The token is in this answer and nowhere else, ever. */
export async function makeToken(input: MakeInput): Promise<Outcome<{ token: string }>> {
  const who = await access.requireProof('viewer')
  if ('ok' in who) return who
  const asked = Make.safeParse(input)
  if (!asked.success) return refuseFields(asked.error.issues)
  const made = await outcome(async () => {
    const { token } = await createToken({ ...asked.data, user: who.id, by: who.by })
    return { token }
  })
  revalidatePath('/settings/tokens')
  return made
}

/** One's own; an administrator ends anybody's. */
export async function endToken(id: string): Promise<Outcome> {
  const who = await access.require('viewer')
  const asked = z.uuid().safeParse(id)
  if (!asked.success) return refuse(settings.tokens.unread)
  const answer = await outcome(async () => {
    await revokeToken({ token: asked.data, user: who.role === 'admin' ? undefined : who.id, by: who.by })
    return {}
  })
  revalidatePath('/settings/tokens')
  return answer
}
