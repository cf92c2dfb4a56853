'use server'
import { ImageSource } from '@bramble/cluster'
import { addImage, pinImage, removeImage, requestImageCopy } from '@bramble/db/flash'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { images } from './copy.ts'

const Add = z.strictObject({ name: z.string().trim().min(1).max(200), source: ImageSource })
export type AddInput = z.input<typeof Add>

/** Stations that are online begin to fetch it at once. */
export async function add(input: AddInput): Promise<Outcome<{ id: string }>> {
  const who = await access.require('operator')
  const asked = Add.safeParse(input)
  if (!asked.success) return refuse(asked.error.issues[0]?.message ?? images.unread, images.unreadCure)
  return outcome(() => addImage({ ...asked.data, by: who.email }))
}

const Copy = z.strictObject({ id: z.uuid(), station: z.string().min(1).max(100) })

export async function fetchCopy(input: z.infer<typeof Copy>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Copy.safeParse(input)
  if (!asked.success) return refuse(images.unread, images.unreadCure)
  const { id, station } = asked.data
  return outcome(async () => {
    await requestImageCopy({ image: id, station, by: who.email })
    return {}
  })
}

const Pin = z.strictObject({ id: z.uuid(), pinned: z.boolean() })

export async function pin(input: z.infer<typeof Pin>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Pin.safeParse(input)
  if (!asked.success) return refuse(images.unread, images.unreadCure)
  return outcome(async () => {
    await pinImage({ ...asked.data, by: who.email })
    return {}
  })
}

const Remove = z.strictObject({ id: z.uuid(), station: z.string().min(1).max(100).optional() })

/** With a station: only the copy there. */
export async function remove(input: z.infer<typeof Remove>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Remove.safeParse(input)
  if (!asked.success) return refuse(images.unread, images.unreadCure)
  return outcome(async () => {
    await removeImage({ ...asked.data, by: who.email })
    return {}
  })
}
