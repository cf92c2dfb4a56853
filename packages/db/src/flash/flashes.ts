/** The Flash button: what is asked is checked against what is in the readers now, written down and queued. */
import {
  type Card,
  type CardIdentity,
  type ClusterSpec,
  FlashRequest,
  holdsData,
  ImageFacts,
  ImageSource,
  readerPhases,
  sameSubnet,
  Wifi,
} from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import type { Image, Station } from '../generated/client.ts'
import { endLostFlashes } from '../runs/lost-flashes.ts'
import { enqueueRun, plain } from '../runs/requests.ts'
import { getRun, type RunView } from '../runs/runs.ts'
import { storeWifi } from '../secrets/secrets.ts'
import { databaseNow, lockCluster, type Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { notify } from '../store/listen.ts'
import { Refusal } from '../store/refusal.ts'
import { type ClusterRow, specOf, withNodes } from '../store/specs.ts'
import { type CardRecordView, cardKey, cardRecordView } from './card-records.ts'
import { findImage, wantedCopy } from './images.ts'
import { cardsOf, isOnline } from './stations.ts'

export interface FlashView {
  run: RunView
  /** In the order in which they were asked for. */
  cards: CardRecordView[]
}

/**
 * `confirmed`: for each card that holds data its node's name, as it was typed. `wifi`: `kept` is the one given before.
 * Refusal `flash-invalid`, `station-away`, `card-gone`, `card-swapped`, `card-protected`, `card-busy`, `card-twice`,
 * `card-too-small`, `node-twice`, `unknown-node`, `not-confirmed`, `image-unknown`, `image-not-flashable`,
 * `address-outside`, `wifi-missing`, `run-active`, `cluster-unknown`.
 */
export async function requestFlash(input: {
  cluster: string
  flash: FlashRequest
  confirmed: Readonly<Record<string, string>>
  wifi?: Wifi | 'kept' | null | undefined
  by: string
}): Promise<{ run: string }> {
  const seen: string[] = []
  const entry = {
    who: input.by,
    what: 'flash.request' as const,
    target: input.cluster,
    get detail() {
      return seen.join('; ')
    },
  }
  return audited(entry, async () => {
    const flash = checkedRequest(input.flash)
    const wifi = checkedWifi(input.wifi)
    const run = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await lockCluster(tx, input.cluster, 'flash')
      const cluster = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      const station = await lockStation(tx, flash.station)
      const image = await findImage(tx, flash.image)
      refuseNodes(cluster, flash)
      await refuseBusy(tx, cluster, flash)
      const cards = flash.cards.map((asked) => listedCard(asked, station))
      for (const [at, { node }] of flash.cards.entries()) seen.push(lossWords(cards[at]!, node))
      refuseImage(image, cards)
      refuseAddresses(specOf(cluster), flash)
      for (const [at, { node }] of flash.cards.entries()) refuseUnconfirmed(cards[at]!, node, input.confirmed[node])
      await keepWifi(tx, clusterId, wifi)
      await wantedCopy(tx, image.id, station.id)
      return insertFlash(tx, { cluster, station, image, flash, withWifi: wifi !== null, by: input.by })
    })
    await notify('bramble_card', run)
    await enqueueRun(run, 0, flash.station)
    return { run }
  })
}

/** Null when the run is no flash or gone. One whose worker died is ended here, should no other worker be left to do it. */
export async function getFlash(run: string): Promise<FlashView | null> {
  let view = await getRun(run)
  if (view?.kind !== 'flash') return null
  if (view.status === 'queued' && view.startedAt !== null) {
    await endLostFlashes()
    view = (await getRun(run)) ?? view
  }
  const rows = await prisma().cardRecord.findMany({
    where: { runId: run },
    orderBy: [{ createdAt: 'asc' }, { node: 'asc' }],
  })
  return { run: view, cards: rows.map(cardRecordView) }
}

function checkedRequest(asked: FlashRequest): FlashRequest {
  const parsed = FlashRequest.safeParse(asked)
  if (!parsed.success)
    throw new Refusal(
      'flash-invalid',
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'flash'}: ${issue.message}.`).join(' '),
      'Correct these and try again.',
    )
  const { cards } = parsed.data
  for (const [at, { card, node }] of cards.entries()) {
    const twin = cards.slice(0, at).find((earlier) => earlier.card.path === card.path)
    if (twin)
      throw new Refusal(
        'card-twice',
        `${card.path} was given to ${twin.node} and to ${node}.`,
        'Assign each node its own card.',
      )
    if (cards.slice(0, at).some((earlier) => earlier.node === node))
      throw new Refusal('node-twice', `${node} was given two cards.`, 'Assign each node one card.')
  }
  return parsed.data
}

function checkedWifi(asked: Wifi | 'kept' | null | undefined): Wifi | 'kept' | null {
  if (asked === 'kept' || asked === null || asked === undefined) return asked ?? null
  const parsed = Wifi.safeParse(asked)
  if (parsed.success) return parsed.data
  // Without its value: the password must not get into the audit.
  const issues = parsed.error.issues.map((issue) => `Wi-Fi ${issue.path.join('.')}: ${issue.message}.`)
  throw new Refusal('flash-invalid', issues.join(' '), 'Correct these and try again.')
}

/** Two who ask for the same card at once come one after the other. */
async function lockStation(tx: Transaction, id: string): Promise<Station> {
  await tx.$queryRaw`select id from station where id = ${id} for update`
  const station = await tx.station.findUnique({ where: { id } })
  if (station && isOnline(station, await databaseNow())) return station
  const name = station?.name ?? id
  throw new Refusal(
    'station-away',
    `The station ${name} is offline.`,
    `Look whether Bramble runs on ${name}; its cards show up here when it does.`,
  )
}

function listedCard(asked: FlashRequest['cards'][number], station: Station): Card {
  const { path } = asked.card
  const card = cardsOf(station).find(({ identity }) => identity.path === path)
  if (!card)
    throw new Refusal('card-gone', `The card for ${asked.node} at ${path} is gone.`, 'Put it in again and choose it.')
  const fields = ['size', 'serial', 'cid', 'diskseq'] as const
  if (fields.some((field) => card.identity[field] !== asked.card[field]))
    throw new Refusal(
      'card-swapped',
      `The card at ${path} is another one than the one that was chosen for ${asked.node}.`,
      'Check the card in the reader and select it again.',
    )
  if (card.offer === 'never')
    throw new Refusal('card-protected', `${path} cannot be written. ${card.reason}`, 'Choose another card.')
  if (card.offer === 'explicit' && !asked.fixedDisk)
    throw new Refusal(
      'card-protected',
      `${path} is a fixed disk. ${card.reason}`,
      'Turn on its own switch if you mean it, or choose a card.',
    )
  return card
}

function refuseNodes(cluster: ClusterRow, flash: FlashRequest): void {
  for (const { node } of flash.cards)
    if (!cluster.nodes.some(({ name }) => name === node))
      throw new Refusal('unknown-node', `No node of ${cluster.name} is named ${node}.`, 'Reload the page.')
}

/** One flash a card, one flash a node. */
async function refuseBusy(tx: Transaction, cluster: ClusterRow, flash: FlashRequest): Promise<void> {
  const going = await tx.cardRecord.findMany({ where: { phase: { in: [...readerPhases] } } })
  for (const { card, node } of flash.cards) {
    const holder = going.find(
      (record) => record.stationId === flash.station && (record.identity as CardIdentity).path === card.path,
    )
    if (holder)
      throw new Refusal(
        'card-busy',
        `${card.path} is being written for ${holder.node} of ${holder.cluster}.`,
        'Wait until that has ended, or cancel it.',
      )
    const twin = going.find((record) => record.clusterId === cluster.id && record.node === node)
    if (twin)
      throw new Refusal(
        'run-active',
        `Another card is being written for ${node}, on ${twin.station}.`,
        'Wait until that has ended, or cancel it.',
      )
  }
}

function refuseImage(image: Image, cards: readonly Card[]): void {
  const facts = ImageFacts.safeParse(image.facts).data
  if (facts?.firstBoot === 'unknown')
    throw new Refusal(
      'image-not-flashable',
      `${image.name} does not support first-boot settings, so it cannot be used for a node.`,
      'Choose an image of Raspberry Pi OS (Bookworm or Trixie).',
    )
  const source = ImageSource.parse(image.source)
  const size = facts?.size ?? (source.kind === 'url' ? source.contentSize : undefined) ?? 0
  const small = cards.find(({ identity }) => identity.size < size)
  if (small)
    throw new Refusal(
      'card-too-small',
      `${small.identity.path} holds ${gigabytes(small.identity.size)}, and ${image.name} needs ${gigabytes(size)}.`,
      'Take a bigger card.',
    )
}

/** A node with an address outside of its network would never be heard of again. */
function refuseAddresses(spec: ClusterSpec, flash: FlashRequest): void {
  const { network, gateway, prefix } = flash.settings
  if (network === 'dhcp') return
  for (const { node } of flash.cards) {
    const address = spec.nodes.find(({ name }) => name === node)!.address
    if (gateway === address)
      throw new Refusal('address-outside', `The gateway ${gateway} is the address of ${node}.`, 'Give the router’s.')
    const outside = [...(gateway ? [['the gateway', gateway] as const] : []), ['the virtual IP', spec.vip] as const]
    for (const [what, other] of outside)
      if (!sameSubnet(address, other, prefix))
        throw new Refusal(
          'address-outside',
          `${node} is to have ${address}/${prefix}, and ${what} ${other} is not in that network.`,
          'Correct the prefix or the gateway, or the addresses of the cluster.',
        )
  }
}

function refuseUnconfirmed(card: Card, node: string, typed: string | undefined): void {
  if (!holdsData(card) || typed === node) return
  throw new Refusal(
    'not-confirmed',
    `The card for ${node} at ${card.identity.path} holds ${card.contents.words}. All of it would be lost.`,
    `Type ${node} to erase it.`,
  )
}

async function keepWifi(tx: Transaction, clusterId: string, wifi: Wifi | 'kept' | null): Promise<void> {
  if (wifi === null) return
  if (wifi !== 'kept') return storeWifi(tx, clusterId, wifi)
  if ((await tx.secret.count({ where: { clusterId, purpose: 'wifi' } })) === 0)
    throw new Refusal('wifi-missing', 'No Wi-Fi is kept for this cluster.', 'Give its name and password.')
}

async function insertFlash(
  tx: Transaction,
  asked: {
    cluster: ClusterRow
    station: Station
    image: Image
    flash: FlashRequest
    withWifi: boolean
    by: string
  },
): Promise<string> {
  const { cluster, station, image, flash } = asked
  const request = { kind: 'flash' as const, only: flash.cards.map(({ node }) => node), flash }
  const { id } = await tx.run.create({
    data: {
      clusterId: cluster.id,
      kind: 'flash',
      request: plain(request),
      spec: plain(specOf(cluster)),
      requestedBy: asked.by,
    },
  })
  for (const { card, node } of flash.cards)
    await tx.cardRecord.create({
      data: {
        runId: id,
        cluster: cluster.name,
        clusterId: cluster.id,
        node,
        stationId: station.id,
        station: station.name,
        imageId: image.id,
        image: image.name,
        identity: card,
        cardKey: cardKey(card),
        wifi: asked.withWifi,
      },
    })
  return id
}

function lossWords({ identity, vendor, model, contents }: Card, node: string): string {
  const what = [identity.path, vendor, model, gigabytes(identity.size)].filter(Boolean).join(' ')
  return `${what} → ${node}, holding: ${contents.words}`
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
