/** An upload of 500 MB over the HTTP API that is cut off twice: it continues, and neither memory nor disk keeps anything of it. */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { disconnect } from '@bramble/db'
import { appUploadsIn, uploadsIn } from '@bramble/db/data-dir'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { markBuilt } from '../people.ts'
import { Dashboard } from './dashboard.ts'

const cluster = 'matrix'
const size = 500_000_000
const largest = 4_000_000
/** Bytes that the dashboard may take beside what it has: it holds one piece at a time. */
const memoryLimit = 250_000_000
let dashboard: Dashboard
let letGo: () => Promise<void>

beforeAll(async () => {
  dashboard = await Dashboard.start()
  // The worker stands still: nobody knocks at the Pis of this cluster.
  letGo = await dashboard.hold()
  await markBuilt(cluster)
})
afterAll(async () => {
  await letGo?.()
  await disconnect().finally(() => dashboard?.started.stop())
})

const noise = randomBytes(largest)
/** Content that is different everywhere. */
function piece(offset: number): Buffer {
  const bytes = Buffer.from(noise.subarray(0, Math.min(largest, size - offset)))
  bytes.writeDoubleBE(offset)
  return bytes
}

function contentDigest(): string {
  const hash = createHash('sha256')
  for (let offset = 0; offset < size; offset += largest) hash.update(piece(offset))
  return hash.digest('hex')
}

interface Upload {
  id: string
  received: number
  state: string
}

async function call(method: string, where: string, body?: object | Buffer, offset?: number): Promise<Upload> {
  const content = Buffer.isBuffer(body) ? body : body && JSON.stringify(body)
  const answer = await dashboard.ask({
    ...{ method, path: `/api/clusters/${cluster}/uploads${where}` },
    headers: {
      authorization: `Bearer ${dashboard.tokens.operator}`,
      ...(content ? { 'content-length': `${Buffer.byteLength(content)}` } : {}),
      ...(offset === undefined ? {} : { 'upload-offset': `${offset}` }),
    },
    ...(content ? { body: content } : {}),
  })
  if (answer.status > 299) throw new Error(`${method} ${where}: ${answer.status} ${answer.body}`)
  return JSON.parse(answer.body) as Upload
}

/** Sends a third of a piece and ends the connection there. */
function cutOff(id: string, offset: number): Promise<void> {
  const { hostname, port } = new URL(dashboard.url)
  const content = piece(offset)
  const headers = {
    authorization: `Bearer ${dashboard.tokens.operator}`,
    ...{ 'content-length': `${content.length}`, 'upload-offset': `${offset}` },
  }
  return new Promise((resolve, reject) => {
    const sending = request({
      ...{ hostname, port, headers, method: 'PATCH', path: `/api/clusters/${cluster}/uploads/${id}` },
    })
    sending.on('response', () => reject(new Error('A piece that was cut off was answered')))
    sending.on('error', () => resolve())
    sending.write(content.subarray(0, largest / 3), () => sending.destroy(new Error('cut off')))
  })
}

const folder = () => appUploadsIn(uploadsIn(dashboard.started.data))
const kept = () => (existsSync(folder()) ? readdirSync(folder()) : [])

async function residentBytes(): Promise<number> {
  const { pid } = await dashboard.started.part('dashboard')
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

test('500 MB continue after a connection that was cut off and a dashboard that was killed, byte for byte', async () => {
  const sha256 = contentDigest()
  const begin = () => call('POST', '', { name: 'shop.tar', size, sha256 })
  const before = kept()
  const { id } = await begin()
  let most = 0
  let least = await residentBytes()
  const sendUntil = async (from: number, to: number) => {
    let last: Upload | undefined
    for (let offset = from; offset < to; offset = last.received) {
      last = await call('PATCH', `/${id}`, piece(offset), offset)
      most = Math.max(most, await residentBytes())
    }
    return last!
  }

  const half = await sendUntil(0, size / 2)
  await cutOff(id, half.received)
  const resumed = await begin()
  expect(resumed).toMatchObject({ id, state: 'receiving', received: half.received })

  const later = await sendUntil(resumed.received, size * 0.75)
  const grown = most - least
  await dashboard.restart()
  ;[most, least] = [0, await residentBytes()]
  expect(await call('GET', `/${id}`)).toMatchObject({ state: 'receiving', received: later.received })
  const end = await sendUntil(later.received, size)
  expect(end).toMatchObject({ state: 'checking', received: size })

  const hash = createHash('sha256')
  await pipeline(createReadStream(path.join(folder(), id)), hash)
  expect(hash.digest('hex')).toBe(sha256)
  console.log(
    `Memory grew by ${Math.round(grown / 1e6)} MB and, after a restart, by ${Math.round((most - least) / 1e6)} MB`,
  )
  expect(Math.max(grown, most - least)).toBeLessThan(memoryLimit)

  await call('DELETE', `/${id}`)
  expect(kept()).toEqual(before)
})
