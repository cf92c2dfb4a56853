/** What the stack is drawn from: plain data, made on the server. */
import type { ClusterSpec, FlashPhase } from '@bramble/cluster'
import type { Lights } from './board.tsx'
import type { BoardFacts } from './facts.ts'

export interface BoardView {
  name: string
  lights: Lights
  facts: BoardFacts
  /** ISO time of the last answer. */
  seenAt: string | null
  /** Null: never asked. */
  reachable: boolean | null
  /** Why it could not be asked. */
  trouble: { message: string; cure: string } | null
  /** How its last run ended, in words. */
  lastRun: string | null
  hostKey: string | null
  /** The card that was written for it, until the node is built; `missing`: it has none yet and nobody adopted it. */
  card: { phase: FlashPhase; run: string } | 'missing' | null
}

export interface StackView {
  spec: ClusterSpec
  boards: BoardView[]
  /** True after the first provision that reached the end. */
  built: boolean
}
