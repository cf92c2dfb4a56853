import { expect, test } from 'vitest'
import { someCard, someFlash, someImage, someStation } from '../../test/cards.ts'
import { until, useDatabase } from '../../test/database.ts'
import { openConsumer } from '../index.ts'
import { pool } from '../store/connection.ts'
import {
  addImage,
  announceStation,
  claimImageCopy,
  dismissStation,
  endImageCopy,
  followImages,
  followStations,
  forgetImageCopy,
  type ImageView,
  listImages,
  listStations,
  pinImage,
  readCatalogue,
  reconcileImageCopies,
  recordImageProgress,
  removeImage,
  requestImageCopy,
  requeueImageCopies,
  type StationView,
  storeCatalogue,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'
const url = 'https://images.example.org/os.img.xz'
const viewOf = async (id: string): Promise<ImageView | undefined> =>
  (await listImages()).find((image) => image.id === id)

test('an image is fetched by the stations that are there, each by itself', async () => {
  const [near, far] = [await someStation(), await someStation()]
  await dismissStation(far.id, far.owner)
  const taken: string[] = []
  const consumers = [near, far].map(({ id }) =>
    openConsumer(async (job) => void taken.push(`${id} ${job.kind} ${job.id}`), { concurrency: 1, station: id }),
  )
  const { id } = await addImage({ name: ' Pi OS ', source: { kind: 'url', url }, by })
  expect((await viewOf(id))?.copies.map((copy) => copy.station)).not.toContain(far.id)
  expect(await viewOf(id)).toMatchObject({ name: 'Pi OS', facts: null, words: 'os.img.xz from images.example.org' })
  await requestImageCopy({ image: id, station: far.id, by })
  await until('both stations have got their job', () => taken.length >= 2)
  expect(taken.toSorted()).toEqual([`${near.id} image ${id}`, `${far.id} image ${id}`].toSorted())
  await Promise.all(consumers.map((consumer) => consumer.close()))
  expect((await addImage({ name: 'Again', source: { kind: 'url', url }, by })).id).toBe(id)
  for (const source of [
    { kind: 'url' as const, url: 'file:///etc/passwd' },
    { kind: 'upload' as const, file: '../keys' },
    // Whether root has such a file is nobody's business.
    { kind: 'file' as const, path: '/root/.ssh/id_ed25519' },
    { kind: 'file' as const, path: 'pi.img' },
  ])
    await expect(addImage({ name: 'Bad', source, by })).rejects.toMatchObject({ code: 'image-invalid' })
})

test('a copy tells how far it is, fails with a cure, and is asked for again', async () => {
  const station = await someStation()
  const { id } = await addImage({
    name: 'Slow',
    source: { kind: 'file', path: '/slow.img' },
    stations: [station.id],
    by,
  })
  const at = { image: id, station: station.id }
  expect(await recordImageProgress({ ...at, state: 'downloading', done: 5.4, total: null })).toBe(true)
  expect((await viewOf(id))?.copies).toMatchObject([{ state: 'downloading', done: 5, total: null }])
  await endImageCopy({ ...at, trouble: { code: 'image-corrupt', message: 'Broken.', cure: 'Fetch it again.' } })
  expect((await viewOf(id))?.copies[0]).toMatchObject({ state: 'failed', trouble: { code: 'image-corrupt' } })
  await requestImageCopy({ ...at, by })
  expect((await viewOf(id))?.copies[0]).toMatchObject({ state: 'queued', trouble: null })
  const facts = { size: 10, sha256: 'b'.repeat(64), firstBoot: 'cloud-init' as const, os: '', data: 5 }
  await endImageCopy({ ...at, facts, bytesOnDisk: 7 })
  expect(await viewOf(id)).toMatchObject({ facts, copies: [{ state: 'ready', bytesOnDisk: 7 }] })
  await requestImageCopy({ ...at, by })
  expect((await viewOf(id))?.copies[0]?.state).toBe('ready')
  await reconcileImageCopies(station.id, [])
  expect((await viewOf(id))?.copies[0]).toMatchObject({ state: 'missing', bytesOnDisk: 0 })
})

test('a file lies on one station: the others say that they lack it only when nobody has it', async () => {
  const stations = [await someStation(), await someStation()]
  const [near, far] = stations.map(({ id }) => id)
  const source = { kind: 'file' as const, path: '/only-near.img' }
  const { id } = await addImage({ name: 'Near', source, stations: [near!, far!], by })
  const trouble = { code: 'image-missing', message: 'It does not exist.', cure: 'Check the path.' }
  await endImageCopy({ image: id, station: far!, trouble })
  expect((await viewOf(id))?.copies).toMatchObject([{ station: near, state: 'queued' }])
  await endImageCopy({ image: id, station: near!, trouble })
  expect((await viewOf(id))?.copies).toHaveLength(2)
})

test('what a dead worker left half fetched is queued again', async () => {
  const station = await someStation()
  const { id } = await addImage({ name: 'Left', source: { kind: 'file', path: '/x.img' }, stations: [station.id], by })
  const at = { image: id, station: station.id }
  await recordImageProgress({ ...at, state: 'unpacking', done: 1, total: 2 })
  await requeueImageCopies(station.id)
  expect((await viewOf(id))?.copies[0]?.state).toBe('unpacking')
  await pool().query(`update image_copy set updated_at = now() - interval '1 minute' where image_id = $1`, [id])
  await requeueImageCopies(station.id)
  expect((await viewOf(id))?.copies[0]?.state).toBe('queued')
})

test('a pinned image and one that is being written stay; a removed one goes when the last copy is deleted', async () => {
  const { image, station } = await someFlash()
  await pinImage({ id: image, pinned: true, by })
  await expect(removeImage({ id: image, by })).rejects.toMatchObject({ code: 'image-pinned' })
  await pinImage({ id: image, pinned: false, by })
  await expect(removeImage({ id: image, by })).rejects.toMatchObject({ code: 'image-in-use' })

  const other = await someImage(station.id)
  await removeImage({ id: other, by })
  expect(await viewOf(other)).toBeUndefined()
  const at = { image: other, station: station.id }
  expect(await claimImageCopy(at)).toMatchObject({ wanted: false, gone: true })
  expect(await recordImageProgress({ ...at, state: 'unpacking', done: 1, total: 2 })).toBe(false)
  await forgetImageCopy(at)
  expect(await claimImageCopy(at)).toBeNull()
  const { rows } = await pool().query('select 1 from image where id = $1', [other])
  expect(rows).toEqual([])
  await expect(removeImage({ id: other, by })).rejects.toMatchObject({ code: 'image-unknown' })
})

test('the copy of one station goes and can come back; the image stays', async () => {
  const station = await someStation()
  const image = await someImage(station.id)
  await removeImage({ id: image, station: station.id, by })
  expect((await viewOf(image))?.copies).toEqual([])
  await requestImageCopy({ image, station: station.id, by })
  expect((await viewOf(image))?.copies).toMatchObject([{ state: 'queued' }])
  await forgetImageCopy({ image, station: station.id })
  expect((await viewOf(image))?.copies).toHaveLength(1)
})

test('followers see cards come and go and stations fall silent, and hear nothing when nothing changes', async () => {
  const station = await someStation([])
  const stop = new AbortController()
  const seen: StationView[][] = []
  const following = (async () => {
    for await (const view of followStations({ signal: stop.signal })) seen.push(view)
  })()
  const own = () => seen.at(-1)?.find((entry) => entry.id === station.id)
  await until('the follower is there', () => own() !== undefined)
  const before = seen.length
  for (let i = 0; i < 5; i++) await announceStation(station)
  await announceStation({ ...station, cards: [someCard()] })
  await until('the card is seen', () => own()?.cards.length === 1)
  expect(seen.length).toBe(before + 1)
  await dismissStation(station.id, 'another worker of the host')
  expect((await listStations()).find((entry) => entry.id === station.id)?.online).toBe(true)
  await dismissStation(station.id, station.owner)
  await until('it is told as away', () => own()?.online === false)
  stop.abort()
  await following
})

test('the page of images follows its stations’ work', async () => {
  const station = await someStation()
  const stop = new AbortController()
  const seen: ImageView[][] = []
  const following = (async () => {
    for await (const view of followImages({ signal: stop.signal })) seen.push(view)
  })()
  const image = await someImage(station.id)
  await until('it is told as ready', () =>
    (seen.at(-1) ?? []).some((entry) => entry.id === image && entry.copies[0]?.state === 'ready'),
  )
  stop.abort()
  await following
})

test('the list of official images is kept; the bundled one never replaces a fetched one', async () => {
  const entry = { name: 'Pi OS', description: '', release: 'trixie', url, bundled: true }
  await storeCatalogue([entry])
  expect((await readCatalogue())?.entries).toEqual([entry])
  const fetched = { ...entry, bundled: false, releaseDate: '2026-10-01' }
  await storeCatalogue([fetched, { ...fetched, url: 'javascript:alert(1)' }])
  expect((await readCatalogue())?.entries).toEqual([fetched])
  await storeCatalogue([entry])
  expect((await readCatalogue())?.entries).toEqual([fetched])
})
