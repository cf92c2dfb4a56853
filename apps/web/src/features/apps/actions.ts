'use server'
/** What is pressed on the pages of apps. */
import { AppName, ClusterName, parseDotenv, SampleName } from '@bramble/cluster'
import {
  cancelDeploy,
  changeApp,
  changeEnvironment,
  requestDeploy,
  requestRemoval,
  requestRestart,
  requestRollback,
  beginSample as storeSample,
} from '@bramble/db/apps'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { environment as environmentWords, apps as words } from './copy.ts'

type Asked = { deploy: string; run: string | null }
const unread = () => refuse(words.invalid, words.invalidCure)
const At = z.strictObject({ cluster: ClusterName, app: z.string().max(100) })

const Deploy = At.extend({
  upload: z.uuid(),
  domains: z.string().max(5000).optional(),
  database: z.boolean().optional(),
  /** A .env file. */
  environment: z.string().max(400_000).optional(),
  message: z.string().max(500),
})

/** `domains`: separated by spaces; absent: they stay. */
export async function deployUpload(input: z.infer<typeof Deploy>): Promise<Outcome<Asked>> {
  const who = await access.require('operator')
  const asked = Deploy.safeParse(input)
  if (!asked.success) return unread()
  const { upload, domains, environment, ...rest } = asked.data
  const listed = domains === undefined ? undefined : domainsOf(domains)
  const parsed = variablesOf(environment ?? '')
  if ('ok' in parsed) return { ...parsed, fields: { environment: parsed.message } }
  const { variables } = parsed
  return outcome(() => requestDeploy({ ...rest, from: { upload }, domains: listed, variables, by: who.email }))
}

const Sample = z.strictObject({ cluster: ClusterName, sample: SampleName })

/** What becomes of it is read at `/api/clusters/…/uploads/…`, and `deployUpload` deploys it. */
export async function beginSample(input: z.infer<typeof Sample>): Promise<Outcome<{ id: string }>> {
  const who = await access.require('operator')
  const asked = Sample.safeParse(input)
  if (!asked.success) return unread()
  return outcome(async () => ({ id: (await storeSample({ ...asked.data, by: who.email })).id }))
}

const RollBack = At.extend({ app: AppName, release: z.uuid() })

export async function rollBack(input: z.infer<typeof RollBack>): Promise<Outcome<Asked>> {
  const who = await access.require('operator')
  const asked = RollBack.safeParse(input)
  if (!asked.success) return unread()
  return outcome(() => requestRollback({ ...asked.data, by: who.email }))
}

const One = At.extend({ app: AppName })

export async function restartApp(input: z.infer<typeof One>): Promise<Outcome<Asked>> {
  const who = await access.require('operator')
  const asked = One.safeParse(input)
  if (!asked.success) return unread()
  return outcome(() => requestRestart({ ...asked.data, by: who.email }))
}

const Remove = One.extend({ typed: z.string().max(100) })

/** `typed`: the app's name. */
export async function removeApp(input: z.infer<typeof Remove>): Promise<Outcome<Asked>> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const asked = Remove.safeParse(input)
  if (!asked.success) return unread()
  return outcome(() => requestRemoval({ ...asked.data, by: who.email }))
}

const Cancel = z.strictObject({ cluster: ClusterName, deploy: z.uuid() })

export async function cancelWaiting(input: z.infer<typeof Cancel>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Cancel.safeParse(input)
  if (!asked.success) return unread()
  return outcome(async () => {
    await cancelDeploy({ ...asked.data, by: who.email })
    return {}
  })
}

const Domains = One.extend({ domains: z.string().max(5000) })

export async function changeDomains(input: z.infer<typeof Domains>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Domains.safeParse(input)
  if (!asked.success) return unread()
  const { domains, ...at } = asked.data
  return outcome(async () => {
    await changeApp({ ...at, change: { domains: domainsOf(domains) }, by: who.email })
    return {}
  })
}

/** The next deploy creates it. */
export async function addDatabase(input: z.infer<typeof One>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = One.safeParse(input)
  if (!asked.success) return unread()
  return outcome(async () => {
    await changeApp({ ...asked.data, change: { database: true }, by: who.email })
    return {}
  })
}

const Variables = One.extend({
  set: z.record(z.string().max(200), z.string().max(200_000)),
  unset: z.array(z.string().max(200)).max(500),
  secret: z.boolean(),
})

export async function changeVariables(input: z.infer<typeof Variables>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Variables.safeParse(input)
  if (!asked.success) return unread()
  return outcome(async () => {
    await changeEnvironment({ ...asked.data, by: who.email })
    return {}
  })
}

const Paste = One.extend({ text: z.string().max(400_000), secret: z.boolean() })

/** `text`: a .env file. */
export async function pasteVariables(input: z.infer<typeof Paste>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Paste.safeParse(input)
  if (!asked.success) return unread()
  const { text, ...at } = asked.data
  const parsed = variablesOf(text)
  if ('ok' in parsed) return parsed
  return outcome(async () => {
    await changeEnvironment({ ...at, set: parsed.variables, unset: [], by: who.email })
    return {}
  })
}

/** Of a .env file. */
function variablesOf(text: string) {
  const parsed = parseDotenv(text)
  if (!('problems' in parsed)) return { variables: parsed.environment }
  const [first] = parsed.problems
  return refuse(environmentWords.badLine(first?.line ?? 1, first?.message ?? ''), environmentWords.badCure)
}

const domainsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)
