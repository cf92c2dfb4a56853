/** The image in a registry that an app comes from, as its page shows and changes it. Only a worker opens the password. */
import { FoundApp, ImageReference, registryOf } from '@bramble/cluster'
import { z } from 'zod'
import { audited } from '../audit/audit.ts'
import type { AppImageSource } from '../generated/client.ts'
import { readSealed, storeSecret } from '../secrets/secrets.ts'
import { holdCluster, type Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { Refusal } from '../store/refusal.ts'
import { withNodes } from '../store/specs.ts'
import { clean, json } from '../store/text.ts'
import { adoptApp, checkedApp } from './app-adoption.ts'
import { refuseRemoving, refuseUnbuilt, supersedeWaiting } from './deploy-queue.ts'
import { type AskedDeploy, ask, keepRelease, knownApp } from './deploys.ts'
import type { SourceOf } from './git-sources.ts'

/** An empty field of the page is none. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() === '' ? null : value), schema.nullish())

const Asked = z.strictObject({
  reference: ImageReference,
  user: optional(
    z
      .string()
      .trim()
      .max(200)
      .regex(/^[^:\p{Cc}]+$/u, 'must be a name without a colon'),
  ),
  /** Empty: the one that is kept stays. */
  password: optional(
    z
      .string()
      .trim()
      .max(8000)
      .regex(/^[^\p{Cc}]+$/u, 'must be one line'),
  ),
  authority: optional(
    z
      .string()
      .trim()
      .max(20_000)
      .regex(/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/, 'must be a certificate in PEM'),
  ),
})

export interface ImageSourceView {
  reference: string
  registry: string
  user: string | null
  authority: string | null
}

/**
 * `source`: reference, user, password, authority. An app that the cluster does not have yet is added to it. A password does not go to
 * another registry or user: it is forgotten with them. Refusal `image-source-invalid`, `app-invalid`, `app-removing`, `run-active`,
 * `spec-invalid`, `cluster-not-built`, `cluster-unknown`.
 */
export async function setImageSource(
  input: SourceOf & { source: unknown; domains?: readonly string[] | undefined },
): Promise<void> {
  const { cluster, app, by } = input
  const parsed = Asked.safeParse(input.source)
  const detail = parsed.success ? parsed.data.reference : undefined
  await audited({ who: by, what: 'app.source', target: `${cluster}/${app}`, detail }, async () => {
    if (!parsed.success) {
      const fields = fieldWords(parsed.error.issues, input.source)
      throw new Refusal('image-source-invalid', inOneLine(fields, 'source'), 'Correct this and try again.', { fields })
    }
    const { reference, user = null, password, authority = null } = parsed.data
    await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await holdCluster(tx, cluster)
      await refuseUnbuilt(tx, clusterId, cluster)
      const row = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      const wanted = checkedApp(app, input.domains)
      await adoptApp(tx, row, wanted)
      const key = { clusterId_name: { clusterId, name: wanted.name } }
      const { id: appId } = await tx.app.upsert({ where: key, create: { clusterId, name: wanted.name }, update: {} })
      await refuseRemoving(tx, appId, wanted.name)
      const before = await tx.appImageSource.findUnique({ where: { appId } })
      const same = before && registryOf(before.reference) === registryOf(reference) && before.registryUser === user
      if (!same) await forgetPassword(tx, clusterId, app)
      if (user !== null && !same && !password) throw passwordMissing()
      if (user !== null && password) await storeSecret(tx, clusterId, 'app-registry', `${app}/password`, password)
      const data = { reference, registryUser: user, authority, changedBy: by }
      await tx.appImageSource.upsert({ where: { appId }, create: { ...data, appId }, update: data })
    })
  })
}

/** The app is deployed by uploads again, and the password is deleted. Refusal `image-source-missing`. */
export async function removeImageSource(input: SourceOf): Promise<void> {
  const { cluster, app, by } = input
  await audited({ who: by, what: 'app.source', target: `${cluster}/${app}`, detail: 'removed' }, async () => {
    await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await holdCluster(tx, cluster)
      const { appId } = await findImage(tx, cluster, app)
      await forgetPassword(tx, clusterId, app)
      await tx.appImageSource.delete({ where: { appId } })
    })
  })
}

/**
 * Pulls the image and deploys it, whatever its tag is when the run begins. Refusal `image-source-missing`, `app-unknown`,
 * `app-removing`, `cluster-not-built`, `cluster-unknown`.
 */
export async function requestImageDeploy(input: SourceOf & { message?: string | undefined }): Promise<AskedDeploy> {
  const { cluster, app, by } = input
  const message = clean(input.message ?? '').slice(0, 500)
  return ask({ cluster, app, kind: 'deploy', by, detail: message || 'from a registry' }, async (tx, row) => {
    const id = await knownApp(tx, row, app)
    await findImage(tx, cluster, app)
    await supersedeWaiting(tx, id)
    return { app: id, release: null, message, image: true }
  })
}

export interface ImageDeploy {
  /** Null: the app has no image any more. */
  source: { reference: string; user: string | null; password: string | null; authority: string | null } | null
  /** Digest of the release that an earlier attempt of this run made; null: none. */
  release: string | null
}

/** For the worker: what a deploy pulls. Null: it is not one from a registry. */
export async function openImageDeploy(deploy: string): Promise<ImageDeploy | null> {
  const row = await prisma().deploy.findUnique({
    where: { id: deploy },
    include: { release: true, app: { include: { imageSource: true } } },
  })
  if (!row?.image) return null
  const { app } = row
  const secrets = await readSealed(app.clusterId, 'app-registry')
  const found = app.imageSource
  return {
    source: found && {
      ...{ reference: found.reference, user: found.registryUser, authority: found.authority },
      password: secrets[`${app.name}/password`] ?? null,
    },
    release: row.release?.digest ?? null,
  }
}

/** The release that a run made of an image. */
export async function recordImageRelease(deploy: string, made: FoundApp): Promise<void> {
  const found = FoundApp.parse(JSON.parse(json(made)))
  await prisma().$transaction(async (tx) => {
    const { appId, requestedBy } = await tx.deploy.findUniqueOrThrow({ where: { id: deploy } })
    const name = found.image?.reference ?? 'image'
    const release = await keepRelease(tx, appId, requestedBy, { found, name })
    await tx.deploy.update({ where: { id: deploy }, data: { releaseId: release.id } })
  })
}

export const imageSourceView = (row: AppImageSource | null | undefined): ImageSourceView | null =>
  row
    ? {
        ...{ reference: row.reference, registry: registryOf(row.reference) },
        ...{ user: row.registryUser, authority: row.authority },
      }
    : null

async function findImage(
  tx: Pick<Transaction, 'appImageSource'>,
  cluster: string,
  app: string,
): Promise<AppImageSource> {
  const row = await tx.appImageSource.findFirst({ where: { app: { name: app, cluster: { name: cluster } } } })
  if (row) return row
  throw new Refusal(
    'image-source-missing',
    `The app ${app} has no image in a registry.`,
    'Set the image on the page of the app first.',
  )
}

const forgetPassword = (tx: Transaction, clusterId: string, app: string) =>
  tx.secret.deleteMany({ where: { clusterId, purpose: 'app-registry', name: `${app}/password` } })

function passwordMissing(): Refusal {
  const fields = { password: 'A password or an access token is required for this user.' }
  return new Refusal('image-source-invalid', fields.password, 'Enter it, or leave the user empty.', { fields })
}
