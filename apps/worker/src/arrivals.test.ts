import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prisma } from '@bramble/db'
import { listAudit } from '@bramble/db/audit'
import { cardsToFlash, endCardRecord, expectsArrivals, getFlash, keepCardKey, requestFlash } from '@bramble/db/flash'
import { claimRun } from '@bramble/db/runs'
import { blankCluster, flashOf, someImage, someStation } from '@bramble/db/test/cards'
import { until, useDatabase } from '@bramble/db/test/database'
import { must } from '@bramble/process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Arrivals } from './arrivals.ts'
import { readEnvironment } from './env.ts'
import { RateLimit } from './rate-limit.ts'
import { directServer } from './station/direct.ts'
import { Station } from './station/station.ts'
import { Welcome } from './welcome.ts'

useDatabase()
let folder: string
let port: number
let station: Station
const ending = new AbortController()
let running: Promise<void>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-arrivals-'))
  port = await freePort()
  const environment = await readEnvironment({ ...process.env, BRAMBLE_DATA: folder, BRAMBLE_STATION: 'arrivals' })
  station = new Station(
    directServer(environment, () => []),
    [folder],
  )
  running = new Arrivals(new Welcome(ending.signal)).run(port, station, ending.signal)
})
afterAll(async () => {
  ending.abort()
  await running
  await rm(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port')
  return address.port
}

const post = (body: string, path = '/arrivals') =>
  fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body }).then(
    ({ status }) => status,
    () => 0,
  )

/** A card that was written for pi-1, with a key that ssh-keygen made. */
async function written() {
  const reader = await someStation()
  const image = await someImage(reader.id)
  const flash = flashOf(reader, image, {}, reader.cards.slice(0, 1))
  const { run } = await requestFlash({ cluster: await blankCluster(), flash, confirmed: {}, by: 'ada@example.org' })
  const lease = (await claimRun(run, 'worker'))!
  const { card } = (await cardsToFlash(run))[0]!
  const key = join(folder, card)
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key])
  const fingerprint = (await must(['ssh-keygen', '-l', '-f', `${key}.pub`])).split(' ')[1]!
  await keepCardKey(lease, card, { publicLine: (await readFile(`${key}.pub`, 'utf8')).trim(), fingerprint })
  await endCardRecord(lease, card, { outcome: 'written', report: null, trouble: null })
  return { run, card, key }
}

/** What the Pi posts, signed with the key in this file. */
async function said(card: string, key: string, stage: 'booting' | 'online', address = '198.19.250.7'): Promise<string> {
  const bootId = crypto.randomUUID()
  const text = `bramble-arrival v1\n${card}\n${stage}\n${address}\n${bootId}\n`
  const signature = await must(['ssh-keygen', '-q', '-Y', 'sign', '-n', 'bramble-arrival', '-f', key], { stdin: text })
  return JSON.stringify({ card, stage, address, bootId, signature })
}

test('it listens only when there is an admin and a card waits for its Pi', async () => {
  expect(await post('x')).toBe(0)
  await prisma().user.create({ data: { id: 'ada', name: 'Ada', email: 'ada@example.org', role: 'admin' } })
  expect(await expectsArrivals()).toBe(false)
  await written()
  expect(await expectsArrivals()).toBe(true)
  await until('it listens', async () => (await post('x')) === 400)
})

test('a Pi that signs with the key of its card is told as booting at once', async () => {
  const { run, card, key } = await written()
  expect(await post(await said(card, key, 'booting'))).toBe(204)
  expect((await getFlash(run))?.cards[0]).toMatchObject({ phase: 'booting', address: '198.19.250.7', trouble: null })
})

test('who signs with another key, or changes a word, is refused and told; the right Pi is still let in', async () => {
  const [mine, other] = [await written(), await written()]
  const right = JSON.parse(await said(mine.card, mine.key, 'booting'))
  expect(await post(await said(mine.card, other.key, 'online'))).toBe(403)
  expect(await post(JSON.stringify({ ...right, stage: 'online' }))).toBe(403)
  expect(await post(JSON.stringify({ ...right, address: '198.19.250.8' }))).toBe(403)
  expect((await getFlash(mine.run))?.cards[0]).toMatchObject({ phase: 'written', trouble: { code: 'arrival-forged' } })
  expect((await listAudit()).entries.filter((entry) => entry.what === 'arrival')).toMatchObject([
    { outcome: 'refused', who: 'bramble' },
  ])
  expect(await post(JSON.stringify(right))).toBe(204)
  expect((await getFlash(mine.run))?.cards[0]?.phase).toBe('booting')
})

test('what is no arrival gets no further than the door', async () => {
  const { card, key } = await written()
  const right = JSON.parse(await said(card, key, 'booting'))
  expect(await post(JSON.stringify({ ...right, card: crypto.randomUUID() }))).toBe(404)
  expect(await post(JSON.stringify({ ...right, more: 1 }))).toBe(400)
  expect(await post('{"card":')).toBe(400)
  expect(await post('x'.repeat(20_000))).toBe(413)
  expect(await post(JSON.stringify(right), '/else')).toBe(404)
  expect(await fetch(`http://127.0.0.1:${port}/arrivals`).then(({ status }) => status)).toBe(405)
})

test('forged calls are written down once, and not at all for a Pi that is online', async () => {
  const [mine, other] = [await written(), await written()]
  const audited = async () => (await listAudit()).entries.filter((entry) => entry.what === 'arrival').length
  const before = await audited()
  const forgery = async (address: string) => post(await said(mine.card, other.key, 'booting', address))
  expect([await forgery('198.19.250.1'), await forgery('198.19.250.2'), await forgery('198.19.250.3')]).toEqual([
    403, 403, 403,
  ])
  expect(await audited()).toBe(before + 1)
  // Who called is told, not who he says he is.
  const [card] = (await getFlash(mine.run))?.cards ?? []
  expect(card?.trouble?.message).toContain('127.0.0.1')
  await prisma().cardRecord.update({ where: { id: other.card }, data: { phase: 'online' } })
  expect(await post(await said(other.card, mine.key, 'online'))).toBe(403)
  expect((await getFlash(other.run))?.cards[0]?.trouble).toBe(null)
  expect(await audited()).toBe(before + 1)
})

test('idle connections keep no Pi out', async () => {
  const idle: Socket[] = []
  const from = (address: string) =>
    new Promise<Socket>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress: address })
      socket.on('error', () => resolve(socket))
      socket.once('connect', () => resolve(socket))
      idle.push(socket)
    })
  try {
    // Two hundred of one address, then of many.
    for (let i = 0; i < 200; i++) await from('127.0.0.9')
    expect(await post('x')).toBe(400)
    for (let i = 0; i < 400; i++) await from(`127.0.${10 + (i >> 7)}.${1 + (i & 127)}`)
    expect(await post('x')).toBe(400)
  } finally {
    for (const socket of idle) socket.destroy()
  }
})

test('a caller that does not stop is not heard any more, the others are', () => {
  let now = 0
  const limit = new RateLimit({ burst: 3, perSecond: 1 }, () => now)
  expect([1, 2, 3, 4].map(() => limit.takes('a'))).toEqual([true, true, true, false])
  expect(limit.takes('b')).toBe(true)
  now = 2
  expect([1, 2, 3].map(() => limit.takes('a'))).toEqual([true, true, false])
})

test('a port that another program has is told, and the worker goes on', async () => {
  const stop = new AbortController()
  const told: unknown[] = []
  const deaf = Object.assign(Object.create(Station.prototype), {
    lack: (...all: unknown[]) => told.push(all),
  }) as Station
  const second = new Arrivals(new Welcome(stop.signal)).run(port, deaf, stop.signal)
  await until('it is told', () => told.length > 0)
  expect(JSON.stringify(told[0])).toContain(`port ${port} of this machine is taken`)
  stop.abort()
  await second
})
