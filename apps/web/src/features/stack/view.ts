/** What the stack is drawn from beside the live states: plain data, made on the server. */
import type { FlashPhase } from '@bramble/cluster'
import type { BoardFacts } from '@/features/topology/facts.ts'

export interface BoardView {
  name: string
  facts: BoardFacts
  /** ISO time of the last answer. */
  seenAt: string | null
  /** Null: never asked. */
  reachable: boolean | null
  /** Why it could not be asked. */
  trouble: { message: string; cure: string } | null
  /** A run is at work on it. */
  busy: boolean
  /** How its last run ended, in words. */
  lastRun: string | null
  hostKey: string | null
  /** The card that was written for it, until the node is built; `missing`: it has none yet and nobody adopted it. */
  card: { phase: FlashPhase; run: string } | 'missing' | null
}
