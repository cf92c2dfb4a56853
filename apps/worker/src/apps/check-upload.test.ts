/** The check of uploads: real archives, a real database. */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { samples, tarEnd, tarHeader, tarPadding } from '@bramble/cluster'
import { beginSample, beginUpload, changeApp, getUpload, recordReceived, requestDeploy } from '@bramble/db/apps'
import { getCluster, updateSpec } from '@bramble/db/clusters'
import { builtCluster } from '@bramble/db/test/apps'
import { useDatabase } from '@bramble/db/test/database'
import { readSource } from '@bramble/provision'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { incoming, sweepUploads, uploadJob } from './check-upload.ts'
import { type AppPlaces, appPlaces } from './places.ts'

useDatabase()
const by = 'ada@example.org'
const { signal } = new AbortController()
let data: string
let places: AppPlaces
beforeEach(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'bramble-uploads-'))
  places = appPlaces(data)
  await mkdir(places.received, { recursive: true })
})
afterEach(() => rm(data, { recursive: true, force: true }))

type Entry = { name: string; content?: string }
async function tar(...entries: Entry[]): Promise<Buffer> {
  const parts = entries.flatMap(({ name: file, content = '' }) => {
    const size = Buffer.byteLength(content)
    return [tarHeader({ path: file, size, executable: false }), Buffer.from(content), tarPadding(size)]
  })
  return Buffer.concat([...parts, tarEnd()])
}

async function received(cluster: string, content: Buffer, begin: object = {}): Promise<string> {
  const { id } = await beginUpload({ cluster, upload: { name: 'site.tar', size: content.length, ...begin }, by })
  await writeFile(path.join(places.received, id), content)
  await recordReceived(id, content.length)
  return id
}

test('what was found is kept, the release waits for its deploy, and the upload itself is gone', async () => {
  const cluster = await builtCluster()
  const long = `images/${'a long name of a folder/'.repeat(8)}büro 🍇.txt`
  const content = await tar({ name: 'index.html', content: '<h1>Hi</h1>' }, { name: long, content: 'x'.repeat(513) })
  const sha256 = createHash('sha256').update(content).digest('hex')
  const id = await received(cluster, content, { sha256 })
  await uploadJob(id, places, signal)
  const upload = (await getUpload(cluster, id))!
  expect(upload).toMatchObject({ state: 'checked', found: { kind: 'static', bytes: 11 + 513 } })
  expect(await readdir(places.received)).toEqual([])
  expect(await readdir(incoming(places))).toEqual([`${upload.found!.digest}.tar`])
  const files = await readSource({
    ...{ source: path.join(incoming(places), `${upload.found!.digest}.tar`), into: path.join(data, 'again') },
    look: async ({ entries }) => [...entries.keys()],
  })
  expect(files.seen).toContain(long)
  expect(files.digest).toBe(upload.found!.digest)
  await uploadJob(id, places, signal)
  const asked = { cluster, app: 'page', from: { upload: id }, by }
  expect((await requestDeploy(asked)).run).not.toBeNull()
})

test('the settings of the app have the last word', async () => {
  const cluster = await builtCluster()
  const { spec } = (await getCluster(cluster))!
  await updateSpec({ cluster, spec: { ...spec, apps: [{ name: 'page' }] }, by })
  await changeApp({ cluster, app: 'page', change: { release: 'echo migrate', health: { path: '/up' } }, by })
  const id = await received(cluster, await tar({ name: 'index.html' }), { app: 'page' })
  await uploadJob(id, places, signal)
  expect((await getUpload(cluster, id))!.found).toMatchObject({ release: 'echo migrate', health: '/up' })
})

test.each([
  ['no archive', async () => Buffer.from('this is text, and nothing else'), /site\.tar/],
  ['a path that leads out', () => tar({ name: '../../etc/cron.d/x', content: 'x' }), /\.\./],
  ['nothing that is known', () => tar({ name: 'notes.txt', content: 'x' }), /notes\.txt/],
])('%s is refused with the reason, and leaves nothing', async (_, content, message) => {
  const cluster = await builtCluster()
  const id = await received(cluster, await content())
  await uploadJob(id, places, signal)
  const upload = (await getUpload(cluster, id))!
  expect(upload).toMatchObject({ state: 'refused', trouble: { message: expect.stringMatching(message) } })
  expect(upload.trouble!.message).not.toContain(id)
  expect(await readdir(places.received)).toEqual([])
  expect(await readdir(incoming(places)).catch(() => [])).toEqual([])
})

test('an upload that is not what was announced, or is not here, is refused', async () => {
  const cluster = await builtCluster()
  const wrong = await received(cluster, await tar({ name: 'index.html' }), { sha256: 'a'.repeat(64) })
  await uploadJob(wrong, places, signal)
  expect((await getUpload(cluster, wrong))!.trouble?.code).toBe('upload-damaged')
  const gone = await received(cluster, await tar({ name: 'index.html' }))
  await rm(path.join(places.received, gone))
  await uploadJob(gone, places, signal)
  expect((await getUpload(cluster, gone))!.trouble?.code).toBe('upload-missing')
})

test('files that nobody waits for are removed, others stay', async () => {
  const cluster = await builtCluster()
  const kept = await received(cluster, await tar({ name: 'index.html' }))
  await mkdir(incoming(places), { recursive: true })
  const long = new Date(Date.now() - 80 * 3_600_000)
  const left = ['a.tar', '.1', '.1.spool', '.1.tar.gz'].map((name) => path.join(incoming(places), name))
  const old = [path.join(places.received, 'unknown'), ...left]
  const young = [path.join(places.received, 'new'), ...['b.tar', '.2'].map((name) => path.join(incoming(places), name))]
  for (const file of [...old, ...young]) await writeFile(file, 'x')
  for (const file of [...old, path.join(places.received, kept)]) await utimes(file, long, long)
  await sweepUploads(places)
  expect((await readdir(places.received)).sort()).toEqual([kept, 'new'].sort())
  expect((await readdir(incoming(places))).sort()).toEqual(['.2', 'b.tar'])
})

test.each([
  ['page', 'static', []],
  ['board', 'node', ['nodejs']],
  ['guestbook', 'python', ['python3-django']],
] as const)(
  'the sample %s comes with Bramble, and can be deployed with a database if it needs one',
  async (sample, kind, needs) => {
    const cluster = await builtCluster()
    const { id } = await beginSample({ cluster, sample, by })
    await uploadJob(id, places, signal)
    const { state, found, trouble } = (await getUpload(cluster, id))!
    expect([state, trouble, found?.kind, found?.notes]).toEqual(['checked', null, kind, []])
    expect(found!.packages.trixie).toEqual(expect.arrayContaining([...needs]))
    const { database } = samples[sample]
    await requestDeploy({ cluster, app: sample, from: { upload: id }, domains: [`${sample}.home.arpa`], database, by })
    expect((await getCluster(cluster))!.spec.apps).toMatchObject([{ name: sample, database }])
  },
)
