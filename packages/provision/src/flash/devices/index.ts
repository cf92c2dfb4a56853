/** Cards in readers: which there are, which may be written, what is on them; one opened so that no other is written. */
import type { Card, CardIdentity, StationLack, StationNetwork } from '@bramble/cluster'
import type { OpenCard } from '../types.ts'
import { listLacks } from './lacks.ts'
import { linuxCards } from './linux.ts'
import { macCards, notOnMac, watchMacCards } from './mac.ts'
import { listNetworks } from './networks.ts'
import { ejectLinuxCard, type OpenOptions, openLinuxCard } from './open.ts'
import { watchLinuxCards } from './watch.ts'

const onMac = process.platform === 'darwin'

/** Every disk of this machine, with its offer and the reason. `protect`: paths whose disk is never offered. */
export async function listCards(options: { protect?: readonly string[] } = {}): Promise<Card[]> {
  const { protect = [] } = options
  if (onMac) return macCards()
  return (await linuxCards(protect, 'now')).map(({ card }) => card)
}

/** Calls `onChange` at the start and on each change, at most 2 s late; resolves at abort. */
export async function watchCards(options: {
  protect?: readonly string[]
  signal: AbortSignal
  onChange: (cards: Card[]) => void
}): Promise<void> {
  const { protect = [] } = options
  await (onMac ? watchMacCards(options) : watchLinuxCards({ ...options, protect }))
}

/**
 * Looks again, opens exclusively, and looks once more through what was opened. Throws Trouble: card-gone, card-swapped,
 * card-protected, card-read-only, card-too-small, card-busy, card-fixed, card-io, no-permission, not-on-macos.
 */
export async function openCard(identity: CardIdentity, options: OpenOptions = {}): Promise<OpenCard> {
  if (onMac) throw notOnMac()
  return openLinuxCard(identity, options)
}

/** Call it after the card was closed. Throws Trouble card-gone, card-swapped, card-not-ejected. */
export async function ejectCard(identity: CardIdentity): Promise<void> {
  if (onMac) throw notOnMac()
  await ejectLinuxCard(identity)
}

export async function stationNetworks(): Promise<StationNetwork[]> {
  return listNetworks()
}

export async function stationLacks(): Promise<StationLack[]> {
  return listLacks()
}
