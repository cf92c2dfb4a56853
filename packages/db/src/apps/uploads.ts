/** Uploads of folders and archives: the dashboard receives them, a worker checks them, a deploy takes them. */
import { AppName, FoundApp, ReleaseDigest, SampleName } from '@bramble/cluster'
import { z } from 'zod'
import { audited } from '../audit/audit.ts'
import type { AppUpload } from '../generated/client.ts'
import { plain } from '../runs/requests.ts'
import { holdCluster, type Transaction } from '../store/active.ts'
import { pool, prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { findCluster, isId } from '../store/ids.ts'
import { queue } from '../store/queue.ts'
import { Refusal } from '../store/refusal.ts'
import { json } from '../store/text.ts'
import { TroubleView } from '../store/trouble.ts'

/** Bytes of one upload; of all that a cluster has not deployed yet; and how many of those there may be. */
export const largestUpload = 2_000_000_000
const largestTogether = 4_000_000_000
const mostTogether = 10
/** Hours after which an upload that nobody continues or deploys is forgotten. */
const keptHours = 24

const Begin = z.strictObject({
  name: z.string().trim().min(1).max(200),
  size: z.int().min(1, 'must not be 0: the file is empty').max(largestUpload, 'must be 2 GB at most'),
  sha256: ReleaseDigest.optional(),
  app: AppName.optional(),
})

export type UploadState = 'receiving' | 'checking' | 'checked' | 'refused'

export interface UploadView {
  id: string
  name: string
  /** Bytes. */
  size: number
  received: number
  app: string | null
  state: UploadState
  /** What was found in it, once it is checked. */
  found: FoundApp | null
  trouble: TroubleView | null
}

/**
 * One of the same content that `by` began and that was not deployed yet is continued. Refusal `upload-invalid`, `uploads-full`,
 * `cluster-unknown`.
 */
export async function beginUpload(input: { cluster: string; upload: unknown; by: string }): Promise<UploadView> {
  const { cluster, by } = input
  const parsed = Begin.safeParse(input.upload)
  const detail = parsed.success ? `${parsed.data.name}, ${parsed.data.size} bytes` : undefined
  return audited({ who: by, what: 'app.upload', target: cluster, detail }, async () => {
    if (!parsed.success) {
      const fields = fieldWords(parsed.error.issues, input.upload)
      throw new Refusal('upload-invalid', inOneLine(fields, 'upload'), 'Correct this and try again.', { fields })
    }
    const { name, size, sha256, app } = parsed.data
    return prisma().$transaction(async (tx) => {
      const { id: clusterId } = await holdCluster(tx, cluster)
      const same = { clusterId, size, sha256: sha256 ?? '', app: app ?? null, requestedBy: by }
      const begun = await tx.appUpload.findFirst({ where: { ...same, state: { not: 'refused' } } })
      if (begun) return uploadView(begun)
      await refuseFull(tx, clusterId, size)
      const data = { clusterId, name, size, sha256: sha256 ?? null, app: app ?? null, requestedBy: by }
      return uploadView(await tx.appUpload.create({ data }))
    })
  })
}

async function refuseFull(tx: Transaction, clusterId: string, size: number): Promise<void> {
  const open = await tx.appUpload.findMany({ where: { clusterId, state: { not: 'refused' } }, select: { size: true } })
  const bytes = open.reduce((sum, upload) => sum + Number(upload.size), size)
  if (open.length >= mostTogether || bytes > largestTogether)
    throw new Refusal(
      'uploads-full',
      `${open.length} uploads of this cluster were not deployed yet; at most ${mostTogether} with 4 GB together are kept.`,
      'Deploy or discard one of them; what nobody continues is removed after 24 hours.',
    )
}

/** A sample that comes with Bramble: the worker has its files, and checks them as those of an upload. Refusals as above. */
export async function beginSample(input: { cluster: string; sample: SampleName; by: string }): Promise<UploadView> {
  const { cluster, sample, by } = input
  return audited({ who: by, what: 'app.upload', target: cluster, detail: `sample ${sample}` }, async () => {
    const row = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await holdCluster(tx, cluster)
      await refuseFull(tx, clusterId, 0)
      const data = { clusterId, name: sample, size: 0, sample, state: 'checking', requestedBy: by }
      return tx.appUpload.create({ data })
    })
    await queueCheck(row.id)
    return uploadView(row)
  })
}

/** Null: there is none, or not on this cluster. */
export async function getUpload(cluster: string, id: string): Promise<UploadView | null> {
  if (!isId(id)) return null
  const row = await prisma().appUpload.findFirst({ where: { id, cluster: { name: cluster } } })
  return row && uploadView(row)
}

/** Says how many bytes are there; with the last one the check begins, once. Refusal `upload-unknown`. */
export async function recordReceived(id: string, received: number): Promise<UploadView> {
  const { rows } = await pool().query<{ state: string }>(
    `update app_upload set received = $2, updated_at = now(), state = case when $2 >= size then 'checking' else state end
     where id = $1 and state = 'receiving' returning state`,
    [id, received],
  )
  if (rows[0]?.state === 'checking') await queueCheck(id)
  const row = await prisma().appUpload.findUnique({ where: { id } })
  if (!row) throw uploadUnknown()
  return uploadView(row)
}

/** Refusal `upload-unknown`. */
export async function discardUpload(input: { cluster: string; upload: string; by: string }): Promise<void> {
  const { cluster, upload, by } = input
  await audited({ who: by, what: 'app.upload', target: cluster, detail: 'discarded' }, async () => {
    const { id } = await findCluster(cluster)
    const { count } = isId(upload)
      ? await prisma().appUpload.deleteMany({ where: { id: upload, clusterId: id } })
      : { count: 0 }
    if (count === 0) throw uploadUnknown()
  })
}

export interface UploadToCheck {
  id: string
  name: string
  sha256: string | null
  cluster: string
  app: string | null
  /** Null: an upload of somebody's own. */
  sample: SampleName | null
}

/** For the worker. Null: there is nothing to check. One that is delivered again is checked again. */
export async function claimUpload(id: string): Promise<UploadToCheck | null> {
  const row = await prisma().appUpload.findFirst({
    where: { id, state: 'checking' },
    include: { cluster: { select: { name: true } } },
  })
  return (
    row && { id, name: row.name, sha256: row.sha256, cluster: row.cluster.name, app: row.app, sample: sampleOf(row) }
  )
}

const sampleOf = ({ sample }: AppUpload): SampleName | null => SampleName.nullable().safeParse(sample).data ?? null

export async function endUploadCheck(
  id: string,
  result: { found: FoundApp } | { trouble: TroubleView },
): Promise<void> {
  const at = { id, state: 'checking' }
  if ('trouble' in result) {
    const trouble = JSON.parse(json(result.trouble)) as TroubleView
    await prisma().appUpload.updateMany({ where: at, data: { state: 'refused', trouble, updatedAt: new Date() } })
    return
  }
  const found = plain(JSON.parse(json(result.found)))
  const { digest } = result.found
  await prisma().appUpload.updateMany({ where: at, data: { state: 'checked', found, digest, updatedAt: new Date() } })
}

/** Puts lost checks back into the queue, and forgets what nobody continued or deployed. */
export async function tendUploads(): Promise<void> {
  await pool().query(`delete from app_upload where updated_at < now() - make_interval(hours => $1)`, [keptHours])
  const { rows } = await pool().query<{ id: string }>(
    `update app_upload set updated_at = now() where state = 'checking' and updated_at < now() - interval '60 seconds'
     returning id`,
  )
  for (const { id } of rows) await queueCheck(id)
}

/** Ids of all uploads: the file of any other one can go. */
export async function uploadIds(): Promise<Set<string>> {
  const rows = await prisma().appUpload.findMany({ select: { id: true } })
  return new Set(rows.map(({ id }) => id))
}

const queueCheck = (id: string) => queue().add({ kind: 'app-upload', id }, `app-upload-${id}`)

const uploadUnknown = () =>
  new Refusal('upload-unknown', 'This upload is not known, or has ended already.', 'Begin another one.')

/** Refusal `upload-unknown`, `upload-unready`. */
export async function takeUpload(tx: Transaction, clusterId: string, id: string) {
  const row = isId(id) ? await tx.appUpload.findFirst({ where: { id, clusterId } }) : null
  if (!row) throw uploadUnknown()
  const { found, trouble } = uploadView(row)
  if (trouble) throw new Refusal(trouble.code, trouble.message, trouble.cure)
  if (!found)
    throw new Refusal(
      'upload-unready',
      `${row.name} was not checked yet.`,
      'Wait until the check has finished, then try again.',
    )
  await tx.appUpload.delete({ where: { id } })
  return { found, name: row.name }
}

function uploadView(row: AppUpload): UploadView {
  return {
    id: row.id,
    name: row.name,
    size: Number(row.size),
    received: Number(row.received),
    app: row.app,
    state: row.state as UploadState,
    found: FoundApp.safeParse(row.found).data ?? null,
    trouble: TroubleView.safeParse(row.trouble).data ?? null,
  }
}
