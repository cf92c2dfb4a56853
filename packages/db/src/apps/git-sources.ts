/** The git repository that an app comes from, as its page shows and changes it. Only a worker opens its key and token. */
import { createHash, randomBytes } from 'node:crypto'
import { GitBranch, GitFolder, GitRepositoryUrl, type GitUrl, parseGitUrl } from '@bramble/cluster'
import { z } from 'zod'
import { audited } from '../audit/audit.ts'
import { type AppGitSource, Prisma } from '../generated/client.ts'
import { storeSecret } from '../secrets/secrets.ts'
import { holdCluster, type Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { isId } from '../store/ids.ts'
import { queue } from '../store/queue.ts'
import { Refusal } from '../store/refusal.ts'
import { withNodes } from '../store/specs.ts'
import { TroubleView } from '../store/trouble.ts'
import { adoptApp, checkedApp } from './app-adoption.ts'
import { refuseRemoving, refuseUnbuilt } from './deploy-queue.ts'

/** Seconds between two looks at the branch. */
export const pollLimits = { least: 30, most: 86_400 } as const

/** An empty field of the page is none. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() === '' ? null : value), schema.nullish())

const Asked = z.strictObject({
  url: GitRepositoryUrl,
  branch: optional(GitBranch),
  folder: optional(GitFolder),
  poll: z.boolean().default(true),
  pollSeconds: z
    .int()
    .min(pollLimits.least, `must be ${pollLimits.least} seconds at least`)
    .max(pollLimits.most, 'must be a day at most')
    .default(60),
  /** For https. Empty: the one that is kept stays. */
  token: optional(
    z
      .string()
      .trim()
      .max(2000)
      .regex(/^[\x21-\x7e]+$/, 'must be one word'),
  ),
})

export interface GitSourceView {
  url: string
  protocol: GitUrl['protocol']
  host: string
  branch: string | null
  folder: string | null
  poll: boolean
  pollSeconds: number
  hasToken: boolean
  /** To be added to the repository as a deploy key; null: it is being made, or the URL is https. */
  publicKey: string | null
  /** Fingerprints `SHA256:…`: of the host key that is pinned, and of another one that the server shows. */
  hostKey: string | null
  shownHostKey: string | null
  /** There is a webhook: its address ends with this. */
  hook: string | null
  /** Newest commit of the branch, as it was seen last. */
  tip: string | null
  checkedAt: string | null
  trouble: TroubleView | null
}

export interface SourceOf {
  cluster: string
  app: string
  by: string
}

/**
 * `source`: URL, branch, folder, polling, token. An app that the cluster does not have yet is added to it. What a server was trusted
 * with does not go to another one: its host key and token are forgotten with the URL. Refusal `git-source-invalid`, `app-invalid`,
 * `app-removing`, `run-active` (the cluster has to be changed for it), `spec-invalid`, `cluster-not-built`, `cluster-unknown`.
 */
export async function setGitSource(
  input: SourceOf & { source: unknown; domains?: readonly string[] | undefined; database?: boolean | undefined },
): Promise<void> {
  const { cluster, app, by } = input
  const parsed = Asked.safeParse(input.source)
  const detail = parsed.success ? parsed.data.url : undefined
  await audited({ who: by, what: 'app.source', target: `${cluster}/${app}`, detail }, async () => {
    if (!parsed.success) {
      const fields = fieldWords(parsed.error.issues, input.source)
      throw new Refusal('git-source-invalid', inOneLine(fields, 'source'), 'Correct this and try again.', { fields })
    }
    const { token, ...asked } = parsed.data
    refuseTokenOfSsh(asked.url, token)
    const id = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await holdCluster(tx, cluster)
      await refuseUnbuilt(tx, clusterId, cluster)
      const row = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      const wanted = { ...checkedApp(app, input.domains), database: input.database }
      await adoptApp(tx, row, wanted)
      const key = { clusterId_name: { clusterId, name: wanted.name } }
      const known = await tx.app.upsert({ where: key, create: { clusterId, name: wanted.name }, update: {} })
      await refuseRemoving(tx, known.id, wanted.name)
      const before = await tx.appGitSource.findUnique({ where: { appId: known.id } })
      const forget = before && !sameServer(before.url, asked.url)
      if (forget) await forgetSecrets(tx, clusterId, app, ['token'])
      if (token) await storeSecret(tx, clusterId, 'app-git', `${app}/token`, token)
      const data = {
        ...{ url: asked.url, branch: asked.branch ?? null, folder: asked.folder ?? null, changedBy: by },
        ...{
          poll: asked.poll,
          pollSeconds: asked.pollSeconds,
          trouble: Prisma.DbNull,
          failures: 0,
          nextCheckAt: new Date(),
        },
        ...(before?.url === asked.url && before.branch === (asked.branch ?? null) ? {} : { tip: null }),
        ...(forget ? { hostKey: null, shownKey: null } : {}),
        ...(token ? { hasToken: true } : forget ? { hasToken: false } : {}),
      }
      const where = { appId: known.id }
      await tx.appGitSource.upsert({ where, create: { ...data, ...where }, update: data })
      return known.id
    })
    await queueGitCheck(id)
  })
}

/** The app is deployed by uploads again; its deploy key and token are deleted. Refusal `git-source-missing`. */
export async function removeGitSource(input: SourceOf): Promise<void> {
  const { cluster, app, by } = input
  await audited({ who: by, what: 'app.source', target: `${cluster}/${app}`, detail: 'removed' }, async () => {
    await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await holdCluster(tx, cluster)
      const { appId } = await findSource(tx, cluster, app)
      await forgetSecrets(tx, clusterId, app, ['key', 'token'])
      await tx.appGitSource.delete({ where: { appId } })
    })
  })
}

/** Pins the host key that the server shows. `fingerprint`: what the person saw. Refusal `git-host-key-unknown`, `git-source-missing`. */
export async function acceptGitHostKey(input: SourceOf & { fingerprint: string }): Promise<void> {
  const { cluster, app, fingerprint, by } = input
  await audited({ who: by, what: 'app.host-key', target: `${cluster}/${app}`, detail: fingerprint }, async () => {
    const id = await prisma().$transaction(async (tx) => {
      const { appId, shownKey } = await findSource(tx, cluster, app)
      if (shownKey === null || fingerprintOf(shownKey) !== fingerprint)
        throw new Refusal(
          'git-host-key-unknown',
          'The server no longer shows this host key.',
          'Reload the page and compare the fingerprint shown now.',
        )
      const data = { hostKey: shownKey, shownKey: null, trouble: Prisma.DbNull, failures: 0, nextCheckAt: new Date() }
      await tx.appGitSource.update({ where: { appId }, data })
      return appId
    })
    await queueGitCheck(id)
  })
}

/** A worker looks at the branch now. Refusal `git-source-missing`. */
export async function checkGitSource(input: SourceOf): Promise<void> {
  const { cluster, app, by } = input
  await audited({ who: by, what: 'app.source', target: `${cluster}/${app}`, detail: 'checked' }, async () => {
    const { appId } = await findSource(prisma(), cluster, app)
    await queueGitCheck(appId)
  })
}

/** What the secret of the webhook is derived from; a former one is void. Refusal `git-source-missing`. */
export async function newGitHook(input: SourceOf): Promise<{ app: string; salt: string }> {
  const { cluster, app, by } = input
  return audited({ who: by, what: 'app.webhook', target: `${cluster}/${app}` }, async () => {
    const { appId } = await findSource(prisma(), cluster, app)
    const salt = randomBytes(24).toString('base64url')
    await prisma().appGitSource.update({ where: { appId }, data: { hookSalt: salt } })
    return { app: appId, salt }
  })
}

/** Of an app that has a webhook; null: it has none. `branch` null: the default branch. */
export async function gitHook(
  app: string,
): Promise<{ salt: string; branch: string | null; tip: string | null } | null> {
  const row = isId(app) ? await prisma().appGitSource.findUnique({ where: { appId: app } }) : null
  return row?.hookSalt ? { salt: row.hookSalt, branch: row.branch, tip: row.askedCommit } : null
}

/** While one waits or runs, another one does nothing. */
export const queueGitCheck = (app: string) => queue().add({ kind: 'app-git', id: app }, `app-git-${app}`)

export function gitSourceView(row: AppGitSource | null | undefined): GitSourceView | null {
  const parsed = row && parseGitUrl(row.url)
  if (!row || !parsed || 'problem' in parsed) return null
  return {
    ...{ url: row.url, protocol: parsed.protocol, host: parsed.host, branch: row.branch, folder: row.folder },
    ...{ poll: row.poll, pollSeconds: row.pollSeconds, hasToken: row.hasToken, publicKey: row.publicKey },
    hostKey: row.hostKey && fingerprintOf(row.hostKey),
    shownHostKey: row.shownKey && fingerprintOf(row.shownKey),
    hook: row.hookSalt && row.appId,
    tip: row.tip,
    checkedAt: row.checkedAt?.toISOString() ?? null,
    trouble: TroubleView.safeParse(row.trouble).data ?? null,
  }
}

/** Refusal `git-source-missing`. */
export async function findSource(
  tx: Pick<Transaction, 'appGitSource'>,
  cluster: string,
  app: string,
): Promise<AppGitSource> {
  const row = await tx.appGitSource.findFirst({ where: { app: { name: app, cluster: { name: cluster } } } })
  if (row) return row
  throw new Refusal(
    'git-source-missing',
    `The app ${app} has no git repository.`,
    'Set the repository on the page of the app first.',
  )
}

/** Of a line as in known_hosts. */
const fingerprintOf = (line: string): string => {
  const key = Buffer.from(line.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

async function forgetSecrets(tx: Transaction, clusterId: string, app: string, names: readonly string[]): Promise<void> {
  await tx.secret.deleteMany({
    where: { clusterId, purpose: 'app-git', name: { in: names.map((one) => `${app}/${one}`) } },
  })
}

function sameServer(before: string, now: string): boolean {
  const [one, other] = [parseGitUrl(before), parseGitUrl(now)]
  if ('problem' in one || 'problem' in other) return false
  return one.protocol === other.protocol && one.host === other.host && one.port === other.port
}

function refuseTokenOfSsh(url: string, token: string | null | undefined): void {
  const parsed = parseGitUrl(url)
  if (!token || 'problem' in parsed || parsed.protocol === 'https') return
  const fields = { token: 'The token is for https URLs; an ssh server is given the deploy key.' }
  throw new Refusal('git-source-invalid', fields.token, 'Leave the token empty, or give an https URL.', { fields })
}
