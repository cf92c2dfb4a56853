/** A station with cards in its readers, an image on it, and a cluster that waits for its cards. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Card, FlashRequest } from '@bramble/cluster'
import { FlashSettings } from '@bramble/cluster'
import { createCluster } from '../src/clusters/index.ts'
import { addImage, announceStation, claimImageCopy, endImageCopy, requestFlash } from '../src/flash/index.ts'
import { newCluster } from './clusters.ts'

const by = 'ada@example.org'
let made = 0

/** A blank card of 16 GB in a reader of its own. */
export function someCard(change: Partial<Card> = {}): Card {
  const at = ++made
  return {
    identity: { path: `/dev/sd${at}`, size: 16e9, serial: `serial-${at}`, cid: null, diskseq: String(at) },
    vendor: 'Ruby',
    model: 'Reader',
    bus: 'usb',
    removable: true,
    contents: { kind: 'blank', words: 'nothing' },
    offer: 'offered',
    reason: '',
    ...change,
  }
}

export interface TestStation {
  id: string
  name: string
  owner: string
  networks: []
  lacks: []
  cards: Card[]
}

/** Announced, with these cards. Say it again with `announceStation`. */
export async function someStation(cards: Card[] = [someCard(), someCard(), someCard()]): Promise<TestStation> {
  const id = `station-${++made}`
  const station: TestStation = { id, name: `Shelf ${made}`, owner: `worker-${made}`, networks: [], lacks: [], cards }
  await announceStation(station)
  return station
}

/** An image that is ready on the station. */
export async function someImage(station: string, firstBoot: 'cloud-init' | 'unknown' = 'cloud-init'): Promise<string> {
  const { id } = await addImage({
    name: 'Raspberry Pi OS',
    source: { kind: 'url', url: `https://images.example.org/${randomUUID()}.img.xz` },
    stations: [station],
    by,
  })
  if (!(await claimImageCopy({ image: id, station }))) throw new Error('There is no copy to prepare')
  const facts = { size: 2e9, sha256: 'a'.repeat(64), firstBoot, os: 'Raspberry Pi OS (trixie)', data: 1e9 }
  await endImageCopy({ image: id, station, facts, bytesOnDisk: 1e9 })
  return id
}

/** A cluster of three nodes without keys and logins. */
export async function blankCluster(): Promise<string> {
  const { spec } = newCluster()
  const nodes = spec.nodes.map(({ hostKey: _none, ...node }) => node)
  return (await createCluster({ spec: { ...spec, nodes }, logins: {}, flash: true, by })).name
}

/** What the page asks for when these cards were given to pi-1, pi-2 … */
export function flashOf(
  station: TestStation,
  image: string,
  settings: Partial<FlashSettings> = {},
  cards = station.cards,
): FlashRequest {
  return {
    station: station.id,
    image,
    cards: cards.map((card, at) => ({ node: `pi-${at + 1}`, card: card.identity, fixedDisk: false })),
    settings: FlashSettings.parse({ prefix: 24, ...settings }),
  }
}

/** A flash of the whole station, asked for. */
export async function someFlash(settings: Partial<FlashSettings> = {}) {
  const station = await someStation()
  const cluster = await blankCluster()
  const image = await someImage(station.id)
  const flash = flashOf(station, image, settings)
  const { run } = await requestFlash({ cluster, flash, confirmed: {}, by })
  return { run, cluster, station, image }
}

export const someFingerprint = (): string => `SHA256:${randomBytes(32).toString('base64').slice(0, 43)}`
