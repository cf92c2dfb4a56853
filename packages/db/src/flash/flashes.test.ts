import { describe, expect, test } from 'vitest'
import { blankCluster, flashOf, someCard, someFlash, someImage, someStation } from '../../test/cards.ts'
import { makeCluster } from '../../test/clusters.ts'
import { until, useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/index.ts'
import { getCluster, removeCluster } from '../clusters/index.ts'
import { claimRun, endRun, requestCancel, requestRun, retryRun } from '../runs/index.ts'
import { clusterWifi, keptWifi, storeIssuedSecrets } from '../secrets/index.ts'
import { pool } from '../store/connection.ts'
import {
  addImage,
  announceStation,
  cardsToFlash,
  endCardRecord,
  followFlash,
  getFlash,
  listCardRecords,
  listStations,
  requestFlash,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'

describe('what is asked is checked against what is in the readers now', () => {
  async function stage(cards = [someCard(), someCard(), someCard()]) {
    const station = await someStation(cards)
    const cluster = await blankCluster()
    const image = await someImage(station.id)
    const ask = (flash = flashOf(station, image), confirmed: Record<string, string> = {}) =>
      requestFlash({ cluster, flash, confirmed, by })
    return { station, cluster, image, ask }
  }

  test('a card that was taken out, or another in its place, is not written', async () => {
    const { station, image, ask } = await stage()
    const flash = flashOf(station, image)
    const [first, ...others] = station.cards
    await announceStation({ ...station, cards: others })
    await expect(ask(flash)).rejects.toMatchObject({ code: 'card-gone' })
    for (const other of [{ serial: 'else' }, { size: 8e9 }, { diskseq: '99' }, { cid: 'a'.repeat(32) }]) {
      const swapped = { ...first!, identity: { ...first!.identity, ...other } }
      await announceStation({ ...station, cards: [swapped, ...others] })
      await expect(ask(flash)).rejects.toMatchObject({ code: 'card-swapped' })
    }
    await announceStation(station)
    expect(await ask(flash)).toHaveProperty('run')
  })

  test('a disk that is never written stays so, a fixed one needs its switch', async () => {
    const system = someCard({ offer: 'never', reason: 'It is the system disk of this machine.' })
    const fixed = someCard({ offer: 'explicit', reason: 'It is not removable.' })
    const { station, image, ask } = await stage([system, fixed])
    await expect(ask(flashOf(station, image, {}, [system]))).rejects.toMatchObject({
      code: 'card-protected',
      message: expect.stringContaining('It is the system disk of this machine.'),
    })
    const flash = flashOf(station, image, {}, [fixed])
    await expect(ask(flash)).rejects.toMatchObject({ code: 'card-protected' })
    flash.cards[0]!.fixedDisk = true
    expect(await ask(flash)).toHaveProperty('run')
  })

  test('a card that holds data is erased only after its node was typed, and the refusal says what would be lost', async () => {
    const full = someCard({ contents: { kind: 'other', words: 'FAT "HOLIDAYS", 12 GB' } })
    const { station, image, ask } = await stage([full])
    const flash = flashOf(station, image)
    for (const typed of [{}, { 'pi-1': 'pi-2' }, { 'pi-2': 'pi-1' }] as Record<string, string>[])
      await expect(ask(flash, typed)).rejects.toMatchObject({
        code: 'not-confirmed',
        message: expect.stringMatching(/pi-1.*HOLIDAYS/),
      })
    await ask(flash, { 'pi-1': 'pi-1' })
    const { entries } = await listAudit({ limit: 1 })
    expect(entries[0]).toMatchObject({ what: 'flash.request', outcome: 'done' })
    expect(entries[0]!.detail).toMatch(/\/dev\/sd.* → pi-1, holding: FAT "HOLIDAYS"/)
  })

  test('no card twice, no node twice, no node of another cluster', async () => {
    const { station, image, ask } = await stage()
    const [a, b] = station.cards
    const twice = flashOf(station, image, {}, [a!, a!])
    await expect(ask(twice)).rejects.toMatchObject({ code: 'card-twice' })
    const node = flashOf(station, image, {}, [a!, b!])
    node.cards[1]!.node = 'pi-1'
    await expect(ask(node)).rejects.toMatchObject({ code: 'node-twice' })
    node.cards[1]!.node = 'pi-9'
    await expect(ask(node)).rejects.toMatchObject({ code: 'unknown-node' })
  })

  test('an image that does not fit, or that nobody knows how to set up, is not written', async () => {
    const { station, ask } = await stage([someCard({ identity: { ...someCard().identity, size: 1e9 } })])
    await expect(ask()).rejects.toMatchObject({ code: 'card-too-small' })
    const odd = await someImage(station.id, 'unknown')
    await expect(ask(flashOf(station, odd))).rejects.toMatchObject({ code: 'image-not-flashable' })
    await expect(ask(flashOf(station, crypto.randomUUID()))).rejects.toMatchObject({ code: 'image-unknown' })
  })

  test('an address that the network does not reach is refused before it is written', async () => {
    const { station, image, ask } = await stage()
    await expect(ask(flashOf(station, image, { gateway: '192.168.7.1' }))).rejects.toMatchObject({
      code: 'address-outside',
    })
    // The virtual IP ends in .100, the nodes in .11 to .13.
    await expect(ask(flashOf(station, image, { prefix: 26 }))).rejects.toMatchObject({ code: 'address-outside' })
    expect(await ask(flashOf(station, image, { prefix: 26, network: 'dhcp' }))).toHaveProperty('run')
  })

  test('a station that was silent is away', async () => {
    const { station, ask } = await stage()
    await pool().query(`update station set seen_at = now() - interval '20 seconds' where id = $1`, [station.id])
    await expect(ask()).rejects.toMatchObject({ code: 'station-away', message: expect.stringContaining(station.name) })
    expect((await listStations()).find((entry) => entry.id === station.id)?.online).toBe(false)
  })
})

test('of many who want the same card at once, one gets it; another card of the cluster may go beside it', async () => {
  const station = await someStation()
  const [a, b] = station.cards
  const image = await someImage(station.id)
  const clusters = await Promise.all([blankCluster(), blankCluster(), blankCluster(), blankCluster()])
  const flash = flashOf(station, image, {}, [a!])
  const asked = await Promise.allSettled(clusters.map((cluster) => requestFlash({ cluster, flash, confirmed: {}, by })))
  const lucky = asked.findIndex((entry) => entry.status === 'fulfilled')
  expect(asked.filter((entry) => entry.status === 'rejected').map((entry) => entry.reason.code)).toEqual(
    Array(3).fill('card-busy'),
  )
  const cluster = clusters[lucky]!
  const again = flashOf(station, image, {}, [b!])
  await expect(requestFlash({ cluster, flash: again, confirmed: {}, by })).rejects.toMatchObject({ code: 'run-active' })
  again.cards[0]!.node = 'pi-2'
  expect(await requestFlash({ cluster, flash: again, confirmed: {}, by })).toHaveProperty('run')
  const { cards } = (await listStations()).find((entry) => entry.id === station.id)!
  expect(cards.map((card) => card.busy?.node ?? null)).toEqual(['pi-1', 'pi-2', null])
})

test('while something is built nobody flashes, and while somebody flashes nothing is built', async () => {
  const { cluster, run, station, image } = await someFlash()
  await expect(requestRun({ cluster, request: { kind: 'plan' }, by })).rejects.toMatchObject({ code: 'run-active' })
  await requestCancel({ run, by })
  const adopted = await makeCluster()
  await requestRun({ cluster: adopted, request: { kind: 'plan' }, by })
  const flash = flashOf(station, image)
  await expect(requestFlash({ cluster: adopted, flash, confirmed: {}, by })).rejects.toMatchObject({
    code: 'run-active',
  })
})

test('a flash that was cancelled before it began left its cards as they were, and is never repeated by itself', async () => {
  const { run, cluster } = await someFlash()
  await requestCancel({ run, by })
  expect((await getFlash(run))?.cards.map((card) => [card.node, card.phase, card.trouble?.code])).toEqual(
    ['pi-1', 'pi-2', 'pi-3'].map((node) => [node, 'cancelled', 'cancelled']),
  )
  expect((await getCluster(cluster))!.nodes.map((node) => node.card)).toEqual([null, null, null])
  await expect(retryRun({ run, by })).rejects.toMatchObject({ code: 'flash-no-retry' })
  expect(await claimRun(run, 'late')).toBeNull()
})

test('the Wi-Fi is kept sealed, and nobody asks for its password again', async () => {
  const station = await someStation()
  const image = await someImage(station.id)
  const cluster = await blankCluster()
  const flash = flashOf(station, image)
  const ask = (wifi: Parameters<typeof requestFlash>[0]['wifi']) =>
    requestFlash({ cluster, flash, confirmed: {}, wifi, by })
  await expect(ask('kept')).rejects.toMatchObject({ code: 'wifi-missing' })
  const wrong = { ssid: 'Garden', password: 'kurz', country: 'CH' }
  await expect(ask(wrong)).rejects.toMatchObject({
    code: 'flash-invalid',
    message: expect.not.stringContaining('kurz'),
  })
  const wifi = { ssid: 'Garden "ü"', password: 'canary-of-the-wifi', country: 'CH' }
  const { run } = await ask(wifi)
  const lease = (await claimRun(run, 'worker'))!
  // Secrets that Bramble issues come and go without it.
  await storeIssuedSecrets(lease.clusterId, { superuser: 'x' })
  expect(await clusterWifi(lease.clusterId)).toEqual(wifi)
  expect(await keptWifi(cluster)).toEqual({ ssid: wifi.ssid, country: 'CH' })
  for (const table of ['run', 'card_record', 'audit', 'cluster']) {
    const { rows } = await pool().query(`select ${table}::text as text from ${table}`)
    expect(rows.map((row) => row.text).join('\n')).not.toContain('canary-of-the-wifi')
  }
})

test('history outlives the cluster, and is shown when the card comes back', async () => {
  const { run, cluster, station } = await someFlash()
  const lease = (await claimRun(run, 'worker'))!
  const { card: id } = (await cardsToFlash(run))[0]!
  await endCardRecord(lease, id, { outcome: 'failed', report: null, trouble: null })
  await endRun(lease, { status: 'failed', outcome: null, trouble: null })
  await removeCluster({ cluster, typedName: cluster, by })
  expect(await getFlash(run)).toBeNull()
  expect((await listCardRecords({ cluster })).map((record) => record.node).toSorted()).toEqual(['pi-1', 'pi-2', 'pi-3'])
  const [card] = station.cards
  const moved = { ...card!, identity: { ...card!.identity, path: '/dev/sdzz', diskseq: '4711' } }
  await announceStation({ ...station, cards: [moved] })
  const seen = (await listStations()).find((entry) => entry.id === station.id)!
  expect(seen.cards[0]?.history).toMatchObject({ cluster, node: 'pi-1', phase: 'failed' })
})

test('the card of each node stands with its cluster, and a follower sees the flash end', async () => {
  const { run, cluster } = await someFlash()
  const nodes = (await getCluster(cluster))!.nodes
  expect(nodes.map((node) => [node.hostKey, node.hasLogin, node.card?.phase])).toEqual(
    Array(3).fill([null, false, 'waiting']),
  )
  const seen: string[] = []
  const following = (async () => {
    for await (const view of followFlash({ run })) seen.push(view.run.status)
  })()
  await until('the follower is there', () => seen.length > 0)
  const lease = (await claimRun(run, 'worker'))!
  await until('the follower has seen it running', () => seen.at(-1) === 'running')
  await endRun(lease, { status: 'failed', outcome: null, trouble: null })
  await requestImage()
  await until('it is told as failed', async () => (await getFlash(run))?.run.status === 'failed')
  await following
  expect(seen.at(-1)).toBe('failed')
})

/** Something else that happens meanwhile. */
const requestImage = () => addImage({ name: 'Else', source: { kind: 'file', path: '/else.img' }, stations: [], by })
