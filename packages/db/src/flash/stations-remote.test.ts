import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { StationCall, StationWork } from '@bramble/cluster'
import { describe, expect, test } from 'vitest'
import { blankCluster, flashOf, someCard, someImage, someStation } from '../../test/cards.ts'
import { useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/index.ts'
import { getCluster } from '../clusters/index.ts'
import { prisma } from '../index.ts'
import { getRun, LeaseLost, readLog, requestCancel } from '../runs/index.ts'
import { keyIdOf, makeKeyPair } from '../secrets/index.ts'
import { pool } from '../store/connection.ts'
import {
  addImage,
  answerStation,
  checkStationToken,
  createStationCode,
  flashToSeal,
  getFlash,
  joinStation,
  listImages,
  listStations,
  refuseFlash,
  removeStation,
  requestFlash,
  storeFlashKit,
  sweepStations,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'
let made = 0

const keys = makeKeyPair()
async function join(name = `Bench ${++made}`) {
  const { code } = await createStationCode({ name, by })
  const joined = await joinStation({ code, publicKey: keys.publicKey })
  if (!joined) throw new Error('The code was refused')
  return { ...joined, id: joined.station, code }
}
type Joined = Awaited<ReturnType<typeof join>>

const ask = (station: Joined, verb: string, given: object = {}, instance = 'one') =>
  answerStation(station, StationCall.parse({ verb, instance, ...given }), new AbortController().signal)

/** A host key as ssh-keygen writes it. */
function hostKey() {
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  const part = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  const blob = Buffer.concat([part(Buffer.from('ssh-ed25519')), part(raw)])
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')
  return { publicLine: `ssh-ed25519 ${blob.toString('base64')}`, fingerprint: `SHA256:${digest}` }
}

/** A flash of two cards, asked for, with its kit. */
async function flashed(options: { kit?: boolean } = {}) {
  const station = await join()
  const cards = [someCard(), someCard()]
  await ask(station, 'announce', { cards, networks: [], lacks: [] })
  const image = await someImage(station.id)
  const cluster = await blankCluster()
  const asked = flashOf({ ...station, owner: '', networks: [], lacks: [], cards }, image)
  const { run } = await requestFlash({ cluster, flash: asked, confirmed: {}, by })
  if (options.kit !== false) await storeFlashKit(run, randomBytes(80))
  return { station, cards, cluster, image, run }
}

async function claimed() {
  const flash = await flashed()
  const answer = (await ask(flash.station, 'claim', { run: flash.run })) as { lease: object; cards: { card: string }[] }
  return { ...flash, lease: answer.lease, card: answer.cards[0]!.card }
}

describe('joining', () => {
  test('a code works once, and only its station’s token opens anything', async () => {
    const station = await join('Cellar')
    expect(await joinStation({ code: station.code, publicKey: keys.publicKey })).toBeNull()
    expect(await checkStationToken(station.token)).toEqual({ id: station.id, name: 'Cellar' })
    for (const wrong of [station.code, `brs_${'0'.repeat(60)}`, '', `${station.token} `])
      expect(await checkStationToken(wrong)).toBeNull()
    expect((await listStations()).find(({ id }) => id === station.id)).toMatchObject({ remote: true, online: false })
    const { entries } = await listAudit({ text: 'Cellar' })
    expect(entries.map(({ what, who }) => [what, who])).toEqual([
      ['station.join', by],
      ['station.code', by],
    ])
    const { rows } = await pool().query('select to_jsonb(station)::text as row from station')
    expect(JSON.stringify(rows)).not.toContain(station.token)
  })

  test('of ten that bring the same code at once one joins', async () => {
    const { code } = await createStationCode({ name: 'Race', by })
    const all = await Promise.all(
      Array.from({ length: 10 }, () => joinStation({ code, publicKey: makeKeyPair().publicKey })),
    )
    expect(all.filter((one) => one !== null)).toHaveLength(1)
  })

  test('a code that has expired, or was replaced, is refused', async () => {
    const { code: old } = await createStationCode({ name: 'Twice', by })
    const { code } = await createStationCode({ name: 'Twice', by })
    expect(await joinStation({ code: old, publicKey: keys.publicKey })).toBeNull()
    await pool().query(`update station_code set expires_at = now() - interval '1 second'`)
    expect(await joinStation({ code, publicKey: keys.publicKey })).toBeNull()
    await sweepStations()
    expect(await prisma().stationCode.count()).toBe(0)
  })

  test('a name is given once, and codes are few', async () => {
    await join('Taken')
    await expect(createStationCode({ name: 'Taken', by })).rejects.toMatchObject({ code: 'station-name-taken' })
    for (let n = 0; n < 20; n++) await createStationCode({ name: `Open ${n}`, by })
    await expect(createStationCode({ name: 'One more', by })).rejects.toMatchObject({ code: 'station-limit' })
    await prisma().stationCode.deleteMany()
  })

  test('a joined station that is off for a month keeps its identity; the machine of a worker is forgotten', async () => {
    const station = await join()
    const local = await someStation()
    await pool().query(`update station set seen_at = now() - interval '30 days' where id = any($1)`, [
      [station.id, local.id],
    ])
    await sweepStations()
    const left = (await listStations()).map(({ id }) => id)
    expect([left.includes(station.id), left.includes(local.id)]).toEqual([true, false])
  })
})

describe('a flash', () => {
  test('is offered once its kit is there, and claimed by its station alone', async () => {
    const { station, run, cluster } = await flashed({ kit: false })
    const sealed = await flashToSeal(run)
    expect(keyIdOf(sealed!.publicKey)).toBe(keyIdOf(keys.publicKey))
    expect(await ask(station, 'claim', { run })).toEqual({})
    await storeFlashKit(run, Buffer.from('kit'))
    expect(await flashToSeal(run)).toBeNull()
    expect(StationWork.parse(await ask(station, 'next', { known: [] }))).toEqual([
      { tag: `flash ${run}`, kind: 'flash', id: run },
    ])
    const other = await join()
    expect(await ask(other, 'claim', { run })).toEqual({})
    const claim = await ask(station, 'claim', { run })
    expect(claim).toMatchObject({
      lease: { run, fence: 1 },
      cluster: { name: cluster, nodes: [{ name: 'pi-1' }, { name: 'pi-2' }] },
      kit: Buffer.from('kit').toString('base64'),
    })
    // The answer was lost: the same process gets it again, another does not.
    expect(await ask(station, 'claim', { run })).toEqual(claim)
    expect(await ask(station, 'claim', { run }, 'two')).toEqual({})
  })

  test('goes its way: key, phases, progress, log, end', async () => {
    const { station, run, lease, card, cluster } = await claimed()
    const key = hostKey()
    await ask(station, 'phase', { lease, card, phase: 'customising' })
    await ask(station, 'key', { lease, card, ...key })
    const progress = { phase: 'writing', done: 1, total: 2, rate: 3, left: null }
    await ask(station, 'progress', { lease, cards: [{ card, progress }] })
    const at = new Date().toISOString()
    const line = { at, node: 'pi-1', step: 'flash/writing', stream: 'bramble', text: 'red \u001b[31mtext' }
    await ask(station, 'journal', { lease, lines: [line], steps: [] })
    expect((await readLog({ run, from: 0 })).map(({ text }) => text).join()).not.toContain('\u001b')
    expect((await getFlash(run))?.cards[0]).toMatchObject({ progress, hostKey: key.fingerprint })
    await ask(station, 'end-card', { lease, card, outcome: 'written', report: null, trouble: null })
    expect((await getCluster(cluster))?.nodes[0]?.hostKey).toBe(key.fingerprint)
    const trouble = { code: 'card-gone', message: 'Gone.', cure: 'Put it in.' }
    await ask(station, 'end', {
      lease,
      end: { status: 'partial', outcome: null, trouble: null },
      rest: { trouble, cancelled: false },
    })
    expect((await getRun(run))?.status).toBe('partial')
    expect((await getFlash(run))?.cards.map(({ phase }) => phase)).toEqual(['written', 'failed'])
    expect(await prisma().flashKit.count({ where: { runId: run } })).toBe(0)
  })

  test('is not another station’s to write about, nor another process’s', async () => {
    const { station, lease, card } = await claimed()
    const other = await join()
    for (const [who, instance] of [
      [other, 'one'],
      [station, 'two'],
    ] as const) {
      await expect(ask(who, 'renew', { lease }, instance)).rejects.toThrow(LeaseLost)
      await expect(ask(who, 'phase', { lease, card, phase: 'writing' }, instance)).rejects.toThrow(LeaseLost)
      await expect(ask(who, 'journal', { lease, lines: [], steps: [] }, instance)).rejects.toThrow(LeaseLost)
    }
    // A card of another flash, which another station holds.
    const second = await claimed()
    await expect(ask(station, 'phase', { lease, card: second.card, phase: 'writing' })).rejects.toThrow(LeaseLost)
  })

  test('tells of its own nodes and steps only, and brings a key before it is written', async () => {
    const { station, lease, card } = await claimed()
    const at = new Date().toISOString()
    const line = { at, node: 'pi-3', step: null, stream: 'bramble', text: '' }
    await expect(ask(station, 'journal', { lease, lines: [line], steps: [] })).rejects.toMatchObject({
      code: 'flash-unknown',
    })
    const done = { lease, card, outcome: 'written', report: null, trouble: null }
    await expect(ask(station, 'end-card', done)).rejects.toMatchObject({ code: 'key-invalid' })
    const { publicLine } = hostKey()
    const { fingerprint } = hostKey()
    await expect(ask(station, 'key', { lease, card, publicLine, fingerprint })).rejects.toMatchObject({
      code: 'key-invalid',
    })
  })

  test('that is cancelled is told to who holds it; one that waits for its kit can be refused', async () => {
    const { station, run } = await claimed()
    await requestCancel({ run, by })
    expect(StationWork.parse(await ask(station, 'next', { known: [] }))).toEqual([
      { tag: `cancel ${run}`, kind: 'cancel', id: run },
    ])
    const waiting = await flashed({ kit: false })
    await refuseFlash(waiting.run, { code: 'wifi-missing', message: 'None.', cure: 'Give it.' })
    expect(await getRun(waiting.run)).toMatchObject({ status: 'failed', trouble: { code: 'wifi-missing' } })
  })

  test('of a station that is removed ends, and the token with it', async () => {
    const { station, run, lease } = await claimed()
    await expect(removeStation({ station: station.id, typedName: 'x', by })).rejects.toMatchObject({
      code: 'not-confirmed',
    })
    await removeStation({ station: station.id, typedName: station.name, by })
    expect(await checkStationToken(station.token)).toBeNull()
    expect(await getRun(run)).toMatchObject({ status: 'failed', trouble: { code: 'station-removed' } })
    expect((await getFlash(run))?.cards.map(({ phase }) => phase)).toEqual(['failed', 'failed'])
    await expect(ask(station, 'renew', { lease })).rejects.toThrow(LeaseLost)
    const local = await someStation()
    await expect(removeStation({ station: local.id, typedName: local.name, by })).rejects.toMatchObject({
      code: 'station-local',
    })
  })
})

describe('an image', () => {
  test('is offered until it is there; what others know of it a station does not change', async () => {
    const station = await join()
    const local = await someStation()
    const image = await someImage(local.id)
    const known = (await listImages()).find(({ id }) => id === image)?.facts
    const facts = { size: 512, sha256: 'b'.repeat(64), firstBoot: 'unknown', os: '', data: 1 }
    await expect(ask(station, 'image-ready', { image, facts, bytesOnDisk: 1 })).rejects.toMatchObject({
      code: 'image-unknown',
    })
    const source = { kind: 'upload' as const, file: 'os.img', sha256: 'c'.repeat(64), size: 12 }
    const { id } = await addImage({ name: 'Mine', source, stations: [station.id], by })
    expect(await ask(station, 'next', { known: [] })).toEqual([{ tag: `image ${id} wanted`, kind: 'image', id }])
    expect(await ask(station, 'image-claim', { image: id })).toMatchObject({ source, wanted: true })
    await ask(station, 'image-ready', { image: id, facts, bytesOnDisk: 1 })
    const mine = (await listImages()).find((one) => one.id === id)
    expect(mine).toMatchObject({ facts, copies: [{ state: 'ready' }] })
    await prisma().imageCopy.create({ data: { imageId: image, stationId: station.id } })
    await ask(station, 'image-ready', { image, facts, bytesOnDisk: 1 })
    expect((await listImages()).find((one) => one.id === image)?.facts).toEqual(known)
  })
})

describe('what a hostile station sends', () => {
  const card = someCard()
  const lease = { run: crypto.randomUUID(), fence: 1 }
  const announce = { verb: 'announce', cards: [card], networks: [], lacks: [] }
  const phase = { verb: 'phase', lease, card: crypto.randomUUID(), phase: 'writing' }
  const dismiss = { verb: 'dismiss' }
  test.each([
    ['too many cards', announce, { cards: Array(65).fill(card) }],
    ['a lack without end', announce, { lacks: [{ what: 'x'.repeat(401), cure: '' }] }],
    ['a phase after the reader', phase, { phase: 'online' }],
    ['a verb that is none', dismiss, { verb: 'constructor' }],
    ['an instance with spaces', dismiss, { instance: 'a b' }],
    ['more than is asked for', dismiss, { id: 'another station' }],
  ])('%s is refused', (_, right, wrong) => {
    expect(StationCall.safeParse({ instance: 'one', ...right }).success).toBe(true)
    expect(StationCall.safeParse({ instance: 'one', ...right, ...wrong }).success).toBe(false)
  })
})
