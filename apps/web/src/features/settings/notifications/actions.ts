'use server'
import { AlertLevel, type ChannelConfig } from '@bramble/cluster'
import {
  addChannel as add,
  awaitDelivery,
  changeChannel as change,
  removeChannel as remove,
  testChannel as test,
} from '@bramble/db/alerts'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { notifications as words } from './copy.ts'

const page = '/settings/notifications'
const Added = z.strictObject({ name: z.string().max(200), leastLevel: AlertLevel, config: z.unknown() })
const Changed = z.strictObject({ id: z.uuid(), enabled: z.boolean().optional(), leastLevel: AlertLevel.optional() })

export async function addChannel(asked: z.input<typeof Added>): Promise<Outcome<{ id: string }>> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const parsed = Added.safeParse(asked)
  if (!parsed.success) return refuse(words.invalid)
  const { name, leastLevel } = parsed.data
  // What is wrong with it, field by field, says the verb.
  const config = parsed.data.config as ChannelConfig
  const answer = await outcome(() => add({ name, leastLevel, config, by: who.email }))
  revalidatePath(page)
  return answer
}

export async function changeChannel(asked: z.input<typeof Changed>): Promise<Outcome> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const parsed = Changed.safeParse(asked)
  if (!parsed.success) return refuse(words.invalid)
  const answer = await outcome(async () => {
    await change({ ...parsed.data, by: who.email })
    return {}
  })
  revalidatePath(page)
  return answer
}

export async function removeChannel(id: string): Promise<Outcome> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const parsed = z.uuid().safeParse(id)
  if (!parsed.success) return refuse(words.invalid)
  const answer = await outcome(async () => {
    await remove({ id: parsed.data, by: who.email })
    return {}
  })
  revalidatePath(page)
  return answer
}

/** A worker really sends it; what the receiver answered comes back. */
export async function testChannel(id: string): Promise<Outcome<{ answer: string }>> {
  const who = await access.require('admin')
  const parsed = z.uuid().safeParse(id)
  if (!parsed.success) return refuse(words.invalid)
  const sent = await outcome(async () => {
    const asked = await test({ id: parsed.data, by: who.email })
    return { delivery: await awaitDelivery(asked.id) }
  })
  revalidatePath(page)
  if (!sent.ok) return sent
  const { delivery } = sent
  if (delivery?.state === 'sent') return { ok: true, answer: delivery.answer ?? '' }
  return refuse(delivery?.trouble?.message ?? words.invalid, delivery?.trouble?.cure)
}
