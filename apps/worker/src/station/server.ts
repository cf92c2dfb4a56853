/** What a station needs of its Bramble: the database of the worker it belongs to, or HTTP from another machine. */
import type {
  Card,
  FlashCluster,
  FlashKit,
  FlashPhase,
  FlashProgress,
  FlashRequest,
  ImageFacts,
  ImageSource,
  ImageState,
  StationLack,
  StationNetwork,
  TroubleWords,
} from '@bramble/cluster'
import type { CardToFlash, ImageWork } from '@bramble/db/flash'
import type { JournalBatch, Lease, RunEnd } from '@bramble/db/runs'
import type { FlashOutcome } from '@bramble/provision/flash'

export interface StationServer {
  announce(seen: { cards: Card[]; networks: StationNetwork[]; lacks: StationLack[] }): Promise<void>
  /** The station ends. */
  dismiss(): Promise<void>
  readonly flashes: FlashServer
  readonly images: ImageServer
}

export interface ClaimedFlash extends Lease {
  flash: FlashRequest
  cluster: FlashCluster
  cards: CardToFlash[]
  kit: FlashKit
}

/** Every verb but `claim` throws LeaseLost when the flash is not this process's any more. */
export interface FlashServer {
  /** Seconds that a flash stays with a station that says nothing. */
  readonly leaseSeconds: number
  /** Null: there is nothing to take. A Refusal or Trouble of what is secret about it ends the flash. */
  claim(run: string): Promise<ClaimedFlash | null>
  renew(lease: Lease): Promise<{ cancelRequested: boolean }>
  journal(lease: Lease, batch: JournalBatch): Promise<void>
  phase(lease: Lease, card: string, phase: FlashPhase): Promise<void>
  progress(lease: Lease, card: string, progress: FlashProgress): Promise<void>
  key(lease: Lease, card: string, key: { publicLine: string; fingerprint: string }): Promise<void>
  endCard(lease: Lease, outcome: FlashOutcome): Promise<void>
  /** `rest`: what is said of cards that have no end yet. */
  end(lease: Lease, end: RunEnd, rest: { trouble: TroubleWords; cancelled: boolean }): Promise<void>
}

export interface ImageServer {
  claim(image: string): Promise<ImageWork | null>
  progress(image: string, progress: { state: ImageState; done: number; total: number | null }): Promise<void>
  ready(image: string, facts: ImageFacts, bytesOnDisk: number): Promise<void>
  failed(image: string, trouble: TroubleWords): Promise<void>
  forget(image: string): Promise<void>
  /** The copies on this disk. */
  present(copies: readonly { id: string; bytes: number }[]): Promise<void>
  /** Puts lost jobs back into the queue. */
  requeue(): Promise<void>
  /** Calls the handler with the image that changed; null: anyone may have. Returns how to stop. */
  onChange(handler: (image: string | null) => void): Promise<() => void>
  /** Where this machine gets the image from. */
  source(work: ImageWork): { source: ImageSource; headers?: Record<string, string> }
}
