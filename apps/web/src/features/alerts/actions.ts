'use server'
import { ClusterName, NodeName, RuleName } from '@bramble/cluster'
import { endSilence, silenceAlerts } from '@bramble/db/alerts'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { silencing } from './copy.ts'

const Silence = z.strictObject({
  cluster: ClusterName,
  rule: RuleName.nullable(),
  node: NodeName.nullable(),
  until: z.iso.datetime(),
  reason: z.string().max(300),
})

export async function silence(asked: z.input<typeof Silence>): Promise<Outcome> {
  const who = await access.require('operator')
  const parsed = Silence.safeParse(asked)
  if (!parsed.success) return refuse(silencing.invalid)
  const answer = await outcome(async () => {
    await silenceAlerts({ ...parsed.data, until: new Date(parsed.data.until), by: who.email })
    return {}
  })
  revalidatePath('/alerts')
  return answer
}

export async function unsilence(id: string): Promise<Outcome> {
  const who = await access.require('operator')
  const parsed = z.uuid().safeParse(id)
  if (!parsed.success) return refuse(silencing.invalid)
  const answer = await outcome(async () => {
    await endSilence({ id: parsed.data, by: who.email })
    return {}
  })
  revalidatePath('/alerts')
  return answer
}
