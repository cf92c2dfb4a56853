/** What the page of a node gets from the database: plain data, made on the server. */
import type { FlashPhase } from '@bramble/cluster'
import type { BoardFacts } from '@/features/topology/facts.ts'

export interface NodeFacts {
  facts: BoardFacts
  hostKey: string | null
  /** ISO time of the last answer. */
  seenAt: string | null
  /** Null: it was adopted, or its card is not written yet. */
  card: { phase: FlashPhase; run: string; at: string; speeds: string } | null
}
