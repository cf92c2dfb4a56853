/** Images: asked for on the page, prepared by stations, kept on their disks until they are removed. */
import { ImageFacts, ImageSource, type ImageState, imagePath, readerPhases } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { Prisma } from '../generated/client.ts'
import { isRemoteStation } from '../runs/remote-station.ts'
import type { Transaction } from '../store/active.ts'
import { databaseNow } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import { notify } from '../store/listen.ts'
import { queue } from '../store/queue.ts'
import { Refusal } from '../store/refusal.ts'
import { TroubleView } from '../store/trouble.ts'
import { isOnline } from './stations.ts'

export interface ImageCopyView {
  station: string
  stationName: string
  state: ImageState
  /** Bytes of the present state. */
  done: number
  total: number | null
  bytesOnDisk: number
  trouble: TroubleView | null
}

export interface ImageView {
  id: string
  name: string
  source: ImageSource
  /** Where it comes from, for people. */
  words: string
  /** Null until a station has unpacked it. */
  facts: ImageFacts | null
  /** A pinned image is not removed. */
  pinned: boolean
  /** ISO time. */
  createdAt: string
  copies: ImageCopyView[]
}

const withCopies = {
  copies: { where: { wanted: true }, include: { station: { select: { name: true } } }, orderBy: { stationId: 'asc' } },
} satisfies Prisma.ImageInclude
type ImageRow = Prisma.ImageGetPayload<{ include: typeof withCopies }>

function imageView(row: ImageRow): ImageView {
  const source = ImageSource.parse(row.source)
  return {
    id: row.id,
    name: row.name,
    source,
    words: sourceWords(source),
    facts: ImageFacts.safeParse(row.facts).data ?? null,
    pinned: row.pinned,
    createdAt: row.createdAt.toISOString(),
    copies: withoutStrangers(row.copies.map(copyView)),
  }
}

function copyView(copy: ImageRow['copies'][number]): ImageCopyView {
  return {
    station: copy.stationId,
    stationName: copy.station.name,
    state: copy.state as ImageState,
    done: Number(copy.done),
    total: copy.total === null ? null : Number(copy.total),
    bytesOnDisk: Number(copy.bytesOnDisk),
    trouble: TroubleView.safeParse(copy.trouble).data ?? null,
  }
}

/** A file lies on one station, and all were asked for it: those that do not have it say so only when nobody has. */
function withoutStrangers(copies: ImageCopyView[]): ImageCopyView[] {
  const lacking = (copy: ImageCopyView) => copy.trouble?.code === 'image-missing'
  return copies.every(lacking) ? copies : copies.filter((copy) => !lacking(copy))
}

function sourceWords(source: ImageSource): string {
  if (source.kind === 'file') return `${source.path} on the station`
  if (source.kind === 'upload') return `uploaded: ${source.file}`
  const { host, pathname } = new URL(source.url)
  return `${pathname.split('/').at(-1) || pathname} from ${host}`
}

/** Newest first. */
export async function listImages(): Promise<ImageView[]> {
  const rows = await prisma().image.findMany({
    where: { removedAt: null },
    include: withCopies,
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
  })
  return rows.map(imageView)
}

/**
 * `stations`: prepare it there at once; default: on all that are online. The same address again is the same image.
 * Refusal `image-invalid`, `station-unknown`.
 */
export async function addImage(input: {
  name: string
  source: ImageSource
  stations?: readonly string[] | undefined
  by: string
}): Promise<{ id: string }> {
  return audited({ who: input.by, what: 'image.add', target: input.name }, async () => {
    const source = ImageSource.safeParse(input.source)
    const name = input.name.trim()
    if (!source.success || name === '' || name.length > 200)
      throw new Refusal(
        'image-invalid',
        source.success
          ? 'The name of the image must have 1 to 200 characters.'
          : source.error.issues.map((issue) => `${issue.path.join('.') || 'source'}: ${issue.message}.`).join(' '),
        'Correct it and try again.',
      )
    if (source.data.kind === 'file' && !imagePath.test(source.data.path))
      throw new Refusal(
        'image-invalid',
        'path: must be absolute and end in .img, .iso, .raw, .wic, .xz, .gz, .zst, or .zip.',
        'Correct the path, or rename the file.',
      )
    const rows = await prisma().station.findMany()
    const now = await databaseNow()
    const stations = input.stations ?? rows.filter((row) => isOnline(row, now)).map((row) => row.id)
    const unknown = stations.find((id) => !rows.some((row) => row.id === id))
    if (unknown !== undefined) throw stationUnknown(unknown)
    const same = await prisma().image.findFirst({ where: { removedAt: null, source: { equals: source.data } } })
    const { id } = same ?? (await prisma().image.create({ data: { name, source: source.data, requestedBy: input.by } }))
    for (const station of stations) await wantCopy(id, station)
    await notify('bramble_image', id)
    return { id }
  })
}

/** A copy that is there or on its way stays as it is. Refusal `image-unknown`, `station-unknown`. */
export async function requestImageCopy(input: { image: string; station: string; by: string }): Promise<void> {
  await audited({ who: input.by, what: 'image.fetch', target: input.image, detail: input.station }, async () => {
    await findImage(prisma(), input.image)
    const station = await prisma().station.findUnique({ where: { id: input.station } })
    if (!station) throw stationUnknown(input.station)
    await wantCopy(input.image, input.station)
    await notify('bramble_image', input.image)
  })
}

/** Refusal `image-unknown`. */
export async function pinImage(input: { id: string; pinned: boolean; by: string }): Promise<void> {
  const what = input.pinned ? 'image.pin' : 'image.unpin'
  await audited({ who: input.by, what, target: input.id }, async () => {
    await findImage(prisma(), input.id)
    await prisma().image.update({ where: { id: input.id }, data: { pinned: input.pinned } })
    await notify('bramble_image', input.id)
  })
}

/** `station`: only the copy there. Refusal `image-unknown`, `image-pinned`, `image-in-use`. */
export async function removeImage(input: { id: string; by: string; station?: string | undefined }): Promise<void> {
  const { id, station } = input
  await audited({ who: input.by, what: 'image.remove', target: id, detail: station }, async () => {
    const stations = await prisma().$transaction(async (tx) => {
      const image = await findImage(tx, id)
      if (image.pinned) throw new Refusal('image-pinned', `${image.name} is pinned.`, 'Unpin it first to delete it.')
      const flash = await tx.cardRecord.findFirst({
        where: { imageId: id, phase: { in: [...readerPhases] }, ...(station ? { stationId: station } : {}) },
      })
      if (flash)
        throw new Refusal(
          'image-in-use',
          `${image.name} is being written to the card of ${flash.node} on ${flash.station}.`,
          'Wait until that has ended, or cancel it.',
        )
      const where = { imageId: id, ...(station ? { stationId: station } : {}) }
      await tx.imageCopy.updateMany({ where, data: { wanted: false } })
      const copies = await tx.imageCopy.findMany({ where: { imageId: id, wanted: false } })
      if (station === undefined) {
        if (copies.length === 0) await tx.image.delete({ where: { id } })
        else await tx.image.update({ where: { id }, data: { removedAt: new Date() } })
      }
      return copies.map((copy) => copy.stationId)
    })
    for (const copy of stations) await queueCopy(id, copy)
    await notify('bramble_image', id)
  })
}

/** Refusal `image-unknown`. */
export async function findImage(tx: Pick<Transaction, 'image'>, id: string) {
  const image = isId(id) ? await tx.image.findUnique({ where: { id } }) : null
  if (!image || image.removedAt !== null)
    throw new Refusal('image-unknown', 'There is no such image.', 'Reload the page and choose another.')
  return image
}

async function wantCopy(imageId: string, stationId: string): Promise<void> {
  await prisma().$transaction((tx) => wantedCopy(tx, imageId, stationId))
  await queueCopy(imageId, stationId)
}

/** Makes the row of a copy, or asks again for one that failed or was to go. */
export async function wantedCopy(
  tx: Pick<Transaction, 'imageCopy'>,
  imageId: string,
  stationId: string,
): Promise<void> {
  await tx.imageCopy.createMany({ data: [{ imageId, stationId }], skipDuplicates: true })
  await tx.imageCopy.updateMany({
    where: { imageId, stationId, OR: [{ wanted: false }, { state: { in: ['failed', 'missing'] } }] },
    data: { wanted: true, state: 'queued', done: 0, total: null, trouble: Prisma.DbNull },
  })
}

/** Once per state of waiting: while a job for the copy waits or runs, another does nothing. */
export async function queueCopy(imageId: string, stationId: string): Promise<void> {
  // A station on another machine has no queue: it asks for its work and is woken.
  if (await isRemoteStation(stationId)) return notify('bramble_image', imageId)
  await queue(stationId).add({ kind: 'image', id: imageId }, `image-${imageId}`)
}

const stationUnknown = (id: string) => new Refusal('station-unknown', `There is no station ${id}.`, 'Reload the page.')
