/** What a station writes down about its copies of images. */
import type { ImageFacts, ImageState } from '@bramble/cluster'
import { ImageSource } from '@bramble/cluster'
import { Prisma } from '../generated/client.ts'
import { pool, prisma } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import type { TroubleView } from '../store/trouble.ts'
import { queueCopy } from './images.ts'

export interface ImageWork {
  id: string
  name: string
  source: ImageSource
  /** False: delete the copy. */
  wanted: boolean
  state: ImageState
  /** The image itself is removed: what was uploaded for it can go too. */
  gone: boolean
}

interface CopyPlace {
  image: string
  station: string
}

/** What is to be done with the copy; null when there is nothing. */
export async function claimImageCopy({ image, station }: CopyPlace): Promise<ImageWork | null> {
  if (!isId(image)) return null
  const row = await prisma().imageCopy.findUnique({
    where: { imageId_stationId: { imageId: image, stationId: station } },
    include: { image: true },
  })
  if (!row) return null
  const { name, source, removedAt } = row.image
  return {
    id: image,
    name,
    source: ImageSource.parse(source),
    wanted: row.wanted,
    state: row.state as ImageState,
    gone: removedAt !== null,
  }
}

/** The uploaded file of an image that the station is to have a copy of; null when there is none. */
export async function stationUpload({ image, station }: CopyPlace): Promise<{ file: string } | null> {
  const work = await claimImageCopy({ image, station })
  return work?.wanted && work.source.kind === 'upload' ? { file: work.source.file } : null
}

/** Also says that the worker lives. False: the copy is not wanted any more. */
export async function recordImageProgress(
  input: CopyPlace & { state: ImageState; done: number; total: number | null },
): Promise<boolean> {
  const { rowCount } = await pool().query(
    `update image_copy set state = $3, done = $4, total = $5, trouble = null, updated_at = now()
     where image_id = $1 and station_id = $2 and wanted returning pg_notify('bramble_image', image_id::text)`,
    [
      input.image,
      input.station,
      input.state,
      Math.round(input.done),
      input.total === null ? null : Math.round(input.total),
    ],
  )
  return (rowCount ?? 0) > 0
}

/** `keepFacts`: what is known of the image stays as it is. */
export async function endImageCopy(
  input: CopyPlace & ({ facts: ImageFacts; bytesOnDisk: number; keepFacts?: boolean } | { trouble: TroubleView }),
): Promise<void> {
  const { image, station } = input
  if ('facts' in input && !input.keepFacts)
    await prisma().image.updateMany({ where: { id: image }, data: { facts: input.facts } })
  await prisma().imageCopy.updateMany({
    where: { imageId: image, stationId: station, wanted: true },
    data:
      'trouble' in input
        ? { state: 'failed', trouble: input.trouble }
        : {
            state: 'ready',
            done: input.facts.size,
            total: input.facts.size,
            bytesOnDisk: input.bytesOnDisk,
            trouble: Prisma.DbNull,
          },
  })
  await pool().query(`select pg_notify('bramble_image', $1)`, [image])
}

/** The station has deleted its copy; a removed image goes with the last one. */
export async function forgetImageCopy({ image, station }: CopyPlace): Promise<void> {
  await prisma().imageCopy.deleteMany({ where: { imageId: image, stationId: station, wanted: false } })
  await prisma().image.deleteMany({ where: { id: image, removedAt: { not: null }, copies: { none: {} } } })
  await pool().query(`select pg_notify('bramble_image', $1)`, [image])
}

/** Queues again what this station was to do and nobody does: its worker died, or the job was lost on the way. */
export async function requeueImageCopies(station: string): Promise<void> {
  const { rows } = await pool().query<{ image_id: string }>(
    `update image_copy set updated_at = now(), state = case when wanted then 'queued' else state end
     where station_id = $1
       and ((state = 'queued' and updated_at < now() - interval '10 seconds')
         or (not wanted and updated_at < now() - interval '10 seconds')
         or (state in ('downloading', 'unpacking', 'checking') and updated_at < now() - interval '30 seconds'))
     returning image_id`,
    [station],
  )
  for (const { image_id } of rows) await queueCopy(image_id, station)
}

/** What the station has on its disk; copies that somebody deleted there by hand are told as missing. */
export async function reconcileImageCopies(
  station: string,
  present: readonly { id: string; bytes: number }[],
): Promise<void> {
  await pool().query(
    `update image_copy set state = case when place is null then 'missing' else state end,
       bytes_on_disk = coalesce(place.bytes, 0), updated_at = now()
     from image left join unnest($2::uuid[], $3::bigint[]) as place (id, bytes) on place.id = image.id
     where image.id = image_copy.image_id and station_id = $1 and state = 'ready'
     returning pg_notify('bramble_image', image_id::text)`,
    [station, present.map(({ id }) => id), present.map(({ bytes }) => bytes)],
  )
}
