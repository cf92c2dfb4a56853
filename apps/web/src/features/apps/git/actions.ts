'use server'
/** What is pressed about the git repository of an app. */
import { AppName, ClusterName } from '@bramble/cluster'
import {
  acceptGitHostKey,
  checkGitSource,
  newGitHook,
  removeGitSource,
  requestGitDeploy,
  setGitSource,
} from '@bramble/db/apps'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { readEnvironment } from '@/http/env.ts'
import { hookSecret } from '@/http/hook-signature.ts'
import { apps as words } from '../copy.ts'

const unread = () => refuse(words.invalid, words.invalidCure)
const At = z.strictObject({ cluster: ClusterName, app: z.string().max(100) })
const One = At.extend({ app: AppName })

const Source = At.extend({
  source: z.strictObject({
    url: z.string().max(2000),
    branch: z.string().max(1000),
    folder: z.string().max(1000),
    token: z.string().max(4000),
    poll: z.boolean(),
    pollSeconds: z.number(),
  }),
  domains: z.string().max(5000).optional(),
  database: z.boolean().optional(),
})

/** `domains`: separated by spaces; what is absent stays. */
export async function saveRepository(input: z.infer<typeof Source>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Source.safeParse(input)
  if (!asked.success) return unread()
  const { domains, ...rest } = asked.data
  const listed = domains === undefined ? undefined : domains.split(/[\s,]+/).filter(Boolean)
  return outcome(async () => {
    await setGitSource({ ...rest, domains: listed, by: who.email })
    return {}
  })
}

export async function removeRepository(input: z.infer<typeof One>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = One.safeParse(input)
  if (!asked.success) return unread()
  return outcome(async () => {
    await removeGitSource({ ...asked.data, by: who.email })
    return {}
  })
}

const Accept = One.extend({ fingerprint: z.string().max(100) })

/** `fingerprint`: as the page showed it. */
export async function acceptHostKey(input: z.infer<typeof Accept>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Accept.safeParse(input)
  if (!asked.success) return unread()
  return outcome(async () => {
    await acceptGitHostKey({ ...asked.data, by: who.email })
    return {}
  })
}

export async function checkRepository(input: z.infer<typeof One>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = One.safeParse(input)
  if (!asked.success) return unread()
  return outcome(async () => {
    await checkGitSource({ ...asked.data, by: who.email })
    return {}
  })
}

export async function deployLatestCommit(
  input: z.infer<typeof One>,
): Promise<Outcome<{ deploy: string; run: string | null }>> {
  const who = await access.require('operator')
  const asked = One.safeParse(input)
  if (!asked.success) return unread()
  return outcome(() => requestGitDeploy({ ...asked.data, by: who.email }))
}

/** The secret is in this answer and nowhere else. `path`: where the git server sends to, below the address of the dashboard. */
export async function makeWebhook(input: z.infer<typeof One>): Promise<Outcome<{ path: string; secret: string }>> {
  const who = await access.require('operator')
  const asked = One.safeParse(input)
  if (!asked.success) return unread()
  return outcome(async () => {
    const hook = await newGitHook({ ...asked.data, by: who.email })
    const secret = hookSecret(readEnvironment(process.env).BETTER_AUTH_SECRET, hook)
    return { path: `/api/hooks/git/${hook.app}`, secret }
  })
}
