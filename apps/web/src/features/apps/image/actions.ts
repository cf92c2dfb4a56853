'use server'
/** What is pressed about the container image of an app. */
import { AppName, ClusterName } from '@bramble/cluster'
import { removeImageSource, requestImageDeploy, setImageSource } from '@bramble/db/apps'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { apps as words } from '../copy.ts'

const unread = () => refuse(words.invalid, words.invalidCure)
const At = z.strictObject({ cluster: ClusterName, app: z.string().max(100) })
const One = At.extend({ app: AppName })

const Source = At.extend({
  source: z.strictObject({
    reference: z.string().max(1000),
    user: z.string().max(500),
    password: z.string().max(10_000),
    authority: z.string().max(30_000),
  }),
  domains: z.string().max(5000).optional(),
})

/** `domains`: separated by spaces; absent: they stay. */
export async function saveImage(input: z.infer<typeof Source>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Source.safeParse(input)
  if (!asked.success) return unread()
  const { domains, ...rest } = asked.data
  const listed = domains === undefined ? undefined : domains.split(/[\s,]+/).filter(Boolean)
  return outcome(async () => {
    await setImageSource({ ...rest, domains: listed, by: who.email })
    return {}
  })
}

export async function removeImage(input: z.infer<typeof One>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = One.safeParse(input)
  if (!asked.success) return unread()
  return outcome(async () => {
    await removeImageSource({ ...asked.data, by: who.email })
    return {}
  })
}

export async function deployImage(
  input: z.infer<typeof One>,
): Promise<Outcome<{ deploy: string; run: string | null }>> {
  const who = await access.require('operator')
  const asked = One.safeParse(input)
  if (!asked.success) return unread()
  return outcome(() => requestImageDeploy({ ...asked.data, by: who.email }))
}
