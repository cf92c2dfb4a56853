/** What the flash pages are drawn from: plain data, made on the server. */
import type { CardRecordView } from '@bramble/db/flash'

export interface FlashNode {
  name: string
  address: string
  /** The newest card that was written for it. */
  card: Pick<CardRecordView, 'phase' | 'run'> | null
  /** It runs without a card of Bramble's: its key was pinned when it was adopted. */
  adopted: boolean
}

export interface FlashCluster {
  name: string
  vip: string
  nodes: FlashNode[]
  /** The Wi-Fi that is kept for it, without its password. */
  wifi: { ssid: string; country: string } | null
}

/** Nodes that wait for a card; when none does, all of them. */
export function nodesToFlash(nodes: readonly FlashNode[]): string[] {
  const waiting = nodes.filter(({ card, adopted }) =>
    card ? card.phase === 'failed' || card.phase === 'cancelled' : !adopted,
  )
  return (waiting.length > 0 ? waiting : nodes).map((node) => node.name)
}
