import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FileServer } from '../../../test/file-server.ts'
import { download } from './download.ts'
import { withoutOthers } from './space.ts'

/** A busy machine is no silent line: only the test of silence is in a hurry. */
const patience = { silence: 60_000, pause: 5, tries: 3 }
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')

let server: FileServer
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-download-'))
  server = await FileServer.start()
  server.content = randomBytes(3_000_000)
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

interface More {
  url?: string
  downloadSha256?: string
  downloadSize?: number
  silence?: number
  signal?: AbortSignal
  onProgress?: (done: number, total: number | null) => void
}

function fetchIt({ silence = patience.silence, signal, onProgress, ...source }: More = {}): Promise<string> {
  return download({
    source: { kind: 'url', url: server.url, ...source },
    folder,
    reserve: withoutOthers,
    patience: { ...patience, silence },
    signal,
    onProgress: onProgress ?? (() => {}),
  })
}

async function expectWhole(path: string): Promise<void> {
  expect(sha256(await readFile(path))).toBe(sha256(server.content))
}

test('a good line: one request, the whole file, progress up to the end', async () => {
  const told: [number, number | null][] = []
  await expectWhole(
    await fetchIt({ downloadSha256: sha256(server.content), onProgress: (done, total) => told.push([done, total]) }),
  )
  expect(server.requests).toEqual([{ range: null, answered: 200, sent: 3_000_000 }])
  expect(told[0]).toEqual([0, 3_000_000])
  expect(told.at(-1)).toEqual([3_000_000, 3_000_000])
})

test('a connection that is cut goes on where it broke off, and the checksum covers all of it', async () => {
  server.faults = [
    { after: 1_000_000, kind: 'cut' },
    { after: 700_000, kind: 'cut' },
  ]
  await expectWhole(await fetchIt({ downloadSha256: sha256(server.content) }))
  expect(server.requests.map(({ answered }) => answered)).toEqual([200, 206, 206])
  expect(server.requests[1]?.range).toMatch(/^bytes=\d+-$/)
  // Whatever reached the disk before a cut was not sent again.
  expect(server.requests[2]?.sent).toBeLessThan(2_000_000)
})

test('a part that an earlier process left goes on with its checksum', async () => {
  const cancel = new AbortController()
  server.faults = [{ after: 1_200_000, kind: 'stall' }]
  const cancelled = fetchIt({
    signal: cancel.signal,
    onProgress: (done) => {
      if (done === 1_200_000) cancel.abort()
    },
  })
  await expect(cancelled).rejects.toThrow()
  expect((await stat(join(folder, 'download.part'))).size).toBe(1_200_000)
  await expectWhole(await fetchIt({ downloadSha256: sha256(server.content) }))
  expect(server.requests[1]).toEqual({ range: 'bytes=1200000-', answered: 206, sent: 1_800_000 })
})

test('a file that changed in between is taken from its beginning', async () => {
  server.faults = [{ after: 1_000_000, kind: 'cut' }]
  const changed = randomBytes(2_500_000)
  const path = await fetchIt({
    downloadSha256: sha256(changed),
    onProgress: (done) => {
      if (done > 0 && server.etag === '"first"') Object.assign(server, { content: changed, etag: '"second"' })
    },
  })
  await expectWhole(path)
  expect(server.requests.map(({ answered, sent }) => [answered, sent])).toEqual([
    [200, 1_000_000],
    [200, 2_500_000],
  ])
  expect(server.requests[1]?.range).toMatch(/^bytes=/)
})

test.each([
  ['that knows no ranges', () => Object.assign(server, { ranges: false })],
  ['that names no validator', () => Object.assign(server, { etag: null })],
  ['whose validator is weak', () => Object.assign(server, { etag: 'W/"first"' })],
])('a server %s: start over', async (_, make) => {
  make()
  server.faults = [{ after: 1_000_000, kind: 'cut' }]
  await expectWhole(await fetchIt({ downloadSha256: sha256(server.content) }))
  expect(server.requests.map(({ answered, sent }) => [answered, sent])).toEqual([
    [200, 1_000_000],
    [200, 3_000_000],
  ])
})

test('a part that is whole already is only checked', async () => {
  await fetchIt()
  await expectWhole(await fetchIt({ downloadSha256: sha256(server.content) }))
  expect(server.requests[1]).toMatchObject({ answered: 416, sent: 0 })
})

test('a part that is longer than the file is thrown away', async () => {
  await fetchIt()
  await writeFile(join(folder, 'download.part'), Buffer.alloc(10), { flag: 'a' })
  await expectWhole(await fetchIt({ downloadSha256: sha256(server.content) }))
  expect(server.requests.map(({ answered }) => answered)).toEqual([200, 416, 200])
})

test('a part of another address is not used', async () => {
  await fetchIt()
  server.others.set('/moved', '/image.img.xz')
  await expectWhole(await fetchIt({ url: `${server.origin}/moved`, downloadSha256: sha256(server.content) }))
  expect(server.requests[1]).toMatchObject({ range: null, answered: 200 })
})

test('silence counts as a lost line, and a line that stays silent is told with what is kept', async () => {
  server.faults = [{ after: 1_000_000, kind: 'stall' }]
  const silence = 1_500
  await expectWhole(await fetchIt({ silence }))
  expect(server.requests).toHaveLength(2)
  server.etag = '"other"'
  server.faults = Array.from({ length: 3 }, () => ({ after: 0, kind: 'stall' as const }))
  await expect(fetchIt({ silence })).rejects.toMatchObject({
    code: 'image-unreachable',
    message: expect.stringContaining('no data received for 1.5 seconds'),
    cure: expect.stringContaining('127.0.0.1'),
  })
})

test('a busy server is asked again; one that stays busy is given up', async () => {
  server.states = [503, 429]
  await expectWhole(await fetchIt())
  server.states = [500, 500, 500]
  await expect(fetchIt()).rejects.toMatchObject({
    code: 'image-unreachable',
    message: expect.stringContaining('HTTP 500'),
  })
})

test.each([
  [404, 'image-missing'],
  [403, 'image-unreachable'],
])('HTTP %i is final', async (status, code) => {
  server.states = [status]
  await expect(fetchIt()).rejects.toMatchObject({ code, message: expect.stringContaining(`HTTP ${status}`) })
  expect(server.requests).toHaveLength(1)
})

test('a server that ends every answer too early is given up, and not called whole', async () => {
  server.ranges = false
  server.faults = Array.from({ length: 20 }, () => ({ after: 0, kind: 'cut' as const }))
  await expect(fetchIt()).rejects.toMatchObject({ code: 'image-unreachable' })
  expect(server.requests).toHaveLength(3)
})

test('a wrong checksum names both and leaves nothing behind', async () => {
  const wanted = '0'.repeat(64)
  await expect(fetchIt({ downloadSha256: wanted })).rejects.toMatchObject({
    code: 'image-checksum',
    message: `The download of ${server.url} has the SHA-256 ${sha256(server.content)}; ${wanted} was published.`,
  })
  expect(await readdir(folder)).toEqual([])
})

test('a wrong length is told before the download, or after it when the server names none', async () => {
  const wrong = { code: 'image-checksum', message: expect.stringContaining('2999999 were published') }
  await expect(fetchIt({ downloadSize: 2_999_999 })).rejects.toMatchObject(wrong)
  server.tellsLength = false
  await expect(fetchIt({ downloadSize: 2_999_999 })).rejects.toMatchObject(wrong)
})

test('an address that leads in circles, or away from the web, is refused', async () => {
  server.others.set('/round', '/round')
  await expect(fetchIt({ url: `${server.origin}/round` })).rejects.toMatchObject({ code: 'image-unreachable' })
})

test('nobody there', async () => {
  const { url } = server
  await server.stop()
  const nobody = download({
    source: { kind: 'url', url },
    folder,
    reserve: withoutOthers,
    patience,
    onProgress: () => {},
  })
  await expect(nobody).rejects.toMatchObject({
    code: 'image-unreachable',
    message: expect.stringMatching(/cannot be reached: .*ECONNREFUSED/),
  })
  server = await FileServer.start()
})
