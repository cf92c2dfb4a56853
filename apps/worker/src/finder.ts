/** Looks for Pis whose cards are written and that do not call home: by name, by address, by the key they show. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Ipv4 } from '@bramble/cluster'
import { type ExpectedCard, earlierKeys, recordArrival, recordCardTrouble, waitingCards } from '@bramble/db/flash'
import { isLabAddress } from '@bramble/provision'
import { findByHostKey, resolveMdns } from '@bramble/provision/flash'
import { sharesNetwork } from './networks.ts'
import type { Station } from './station/station.ts'
import { strangerTrouble, type Welcome } from './welcome.ts'

const roundMs = 20_000

/** Looks until the signal aborts. */
export async function findNodes(station: Station, welcome: Welcome, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await round(station, welcome, signal).catch((error: Error) => {
      if (!signal.aborted) console.error(`finder: ${error.message}`)
    })
    await sleep(roundMs, undefined, { signal }).catch(() => undefined)
  }
}

async function round(station: Station, welcome: Welcome, signal: AbortSignal): Promise<void> {
  const cards = (await waitingCards()).filter((card) => networksOf(station, card).length > 0)
  // sshd of one cluster may listen elsewhere.
  const ports = new Set(cards.map((card) => card.spec.ssh.port))
  for (const port of ports) {
    const ones = cards.filter((card) => card.spec.ssh.port === port)
    await look(ones, port, station, welcome, signal)
  }
}

/** Where the Pi of a card can be. */
function networksOf(station: Station, card: ExpectedCard) {
  const near = station.networks.filter((own) => sharesNetwork(own, card.nodeAddress))
  if (near.length > 0 || card.network === 'static') return near
  return station.networks.filter((own) => own.lab === isLabAddress(card.nodeAddress))
}

async function look(
  cards: readonly ExpectedCard[],
  port: number,
  station: Station,
  welcome: Welcome,
  signal: AbortSignal,
): Promise<void> {
  const byKey = new Map(cards.map((card) => [card.fingerprint, card]))
  const networks = [...new Set(cards.flatMap((card) => networksOf(station, card)))]
  const named = await Promise.all(
    cards.map((card) => (isLabAddress(card.nodeAddress) ? [] : resolveMdns(`${card.node}.local`, { signal }))),
  )
  const first = [
    ...new Set([
      ...cards.map((card) => card.nodeAddress),
      ...named.flat().filter((address) => Ipv4.safeParse(address).success),
    ]),
  ]
  const work: Promise<unknown>[] = []
  await findByHostKey({
    // A Pi with a static address is there or nowhere.
    networks: cards.some((card) => card.network === 'dhcp') ? networks : [],
    first,
    port,
    fingerprints: new Set(byKey.keys()),
    signal,
    onFound: (address, fingerprint) => {
      const card = byKey.get(fingerprint)
      if (card) work.push(found(card, address, welcome))
    },
    onStranger: (address, fingerprint) => {
      const card = cards.find((entry) => entry.nodeAddress === address)
      if (card) work.push(stranger(card, address, fingerprint))
    },
  })
  await Promise.all(work)
}

async function found(card: ExpectedCard, address: string, welcome: Welcome): Promise<void> {
  await recordArrival({ card: card.card, address })
  await welcome.meet(card, address, false)
}

/** Refused and told, unless it is only the card before, which still runs until somebody changes it. */
async function stranger(card: ExpectedCard, address: string, fingerprint: string): Promise<void> {
  if ((await earlierKeys(card.clusterId, card.node)).has(fingerprint)) return
  await recordCardTrouble(card.card, strangerTrouble(card.node, address))
}
