/** Cards, all at once: looked at, customised, written, read back, ejected. What goes wrong with one stops no other. */
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  Card,
  CardIdentity,
  CardReport,
  FlashCluster,
  FlashPhase,
  FlashProgress,
  FlashSettings,
  TroubleWords,
} from '@bramble/cluster'
import { type Secret, Trouble, troubleWords } from '../engine/types.ts'
import { type Customised, customiseImage } from './customise/index.ts'
import { ejectCard, listCards, openCard } from './devices/index.ts'
import { Meter } from './meter.ts'
import type { ByteRange, CachedImage, OpenCard } from './types.ts'
import { wipeFirstBlock } from './write/card-io.ts'
import { probeCapacity, verifyCard, writeCard } from './write/index.ts'
import { cancelled } from './write/write.ts'

export interface FlashPlan {
  node: string
  /** UUID of the card's record: the Pi calls home with it. */
  cardId: string
  identity: CardIdentity
  /** The fixed disk's own switch was turned on. */
  fixedDisk: boolean
}

export type FlashEvent =
  | { type: 'flash-phase'; node: string; phase: FlashPhase }
  | { type: 'flash-progress'; node: string; progress: FlashProgress }
  /** Waited for: the key is kept before it is written to a card. `publicLine` as in authorized_keys. */
  | { type: 'flash-key'; node: string; publicLine: string; fingerprint: string }
  | { type: 'flash-log'; node: string; text: string }
  /** This card is done; others may go on for long. */
  | { type: 'flash-end'; outcome: FlashOutcome }

export interface FlashInput {
  /** Called once; may take minutes when the image is not in the cache yet. */
  image: () => Promise<CachedImage>
  cards: readonly FlashPlan[]
  settings: FlashSettings
  cluster: FlashCluster
  /** Public line of the key that signs in to the node. */
  authorizedKey: string
  wifi?: { ssid: string; country: string; password: Secret }
  /** Base URLs that a node at this address tells when it boots; may be empty. */
  callHome: (address: string) => string[]
  /** Paths whose disks are never written. */
  protect: readonly string[]
  /** Folder for a moment's copies of the boot partition. */
  workdir: string
  signal: AbortSignal
  emit: (event: FlashEvent) => void | Promise<void>
}

export interface FlashOutcome {
  node: string
  cardId: string
  outcome: 'written' | 'failed' | 'cancelled'
  /** Null when the card was never opened. */
  report: CardReport | null
  trouble: TroubleWords | null
}

/** Never throws for a card's trouble: it is in that card's outcome. */
export async function flashCards(input: FlashInput): Promise<FlashOutcome[]> {
  refuseTwice(input.cards)
  for (const { node } of input.cards) await input.emit({ type: 'flash-phase', node, phase: 'image' })
  // One image for all cards, and one listing: who is in which reader before anything is touched.
  const ready = Promise.all([input.image(), listCards({ protect: input.protect })])
  return Promise.all(
    input.cards.map(async (plan) => {
      const outcome = await new CardFlash(input, plan).run(ready)
      await input.emit({ type: 'flash-end', outcome })
      return outcome
    }),
  )
}

function refuseTwice(cards: readonly FlashPlan[]): void {
  for (const [index, card] of cards.entries()) {
    const earlier = cards.slice(0, index)
    const twin = earlier.find(({ identity }) => identity.path === card.identity.path)
    if (twin)
      throw new Trouble(
        'card-twice',
        `${card.identity.path} was assigned to ${twin.node} and to ${card.node}.`,
        'Assign each node its own card.',
      )
    if (earlier.some(({ node }) => node === card.node))
      throw new Trouble('node-twice', `${card.node} was assigned two cards.`, 'Assign each node one card.')
  }
}

/** The way of one card. */
class CardFlash {
  readonly #input: FlashInput
  readonly #plan: FlashPlan
  #report: CardReport | null = null

  constructor(input: FlashInput, plan: FlashPlan) {
    this.#input = input
    this.#plan = plan
  }

  async run(ready: Promise<[CachedImage, Card[]]>): Promise<FlashOutcome> {
    const { node, cardId } = this.#plan
    try {
      const [image, cards] = await ready
      this.#input.signal.throwIfAborted()
      await this.#write(image, cards)
      await this.#phase('ejecting')
      await ejectCard(this.#plan.identity).catch((error: Error) =>
        this.#log(
          `It was written and checked, but not ejected: ${error.message} Wait until the light of the reader has stopped, then remove it.`,
        ),
      )
      await this.#phase('written')
      return { node, cardId, outcome: 'written', report: this.#report, trouble: null }
    } catch (error) {
      const stopped = this.#input.signal.aborted
      const trouble = stopped ? cancelWords(error) : wordsOf(error)
      await this.#phase(stopped ? 'cancelled' : 'failed')
      await this.#log(`${trouble.message} ${trouble.cure}`)
      return { node, cardId, outcome: stopped ? 'cancelled' : 'failed', report: this.#report, trouble }
    }
  }

  async #write(image: CachedImage, cards: readonly Card[]): Promise<void> {
    const { identity, fixedDisk } = this.#plan
    const { settings, protect, signal } = this.#input
    await this.#phase('opening')
    const card = await openCard(identity, { protect, fixedDisk, minSize: image.size })
    try {
      this.#report = blankReport(identity, cards)
      await this.#phase('customising')
      const customised = await this.#customise(image)
      if (settings.probeCapacity) await this.#probe(card)
      const { patches } = customised
      const writing = await this.#metered('writing', async (onProgress) => {
        if (settings.probeCapacity) await this.#stopProbed(card)
        return writeCard({ card, image, patches, signal, onProgress })
      })
      Object.assign(this.#report, { written: writing.written, writeSeconds: writing.seconds })
      await this.#log(`${megabytes(writing.written)} written, ${megabytes(writing.skipped)} empty and left out`)
      const verifying = await this.#metered('verifying', (onProgress) =>
        verifyCard({ card, image, patches, signal, onProgress }),
      )
      const { verified, seconds, badRanges } = verifying
      Object.assign(this.#report, { verified, verifySeconds: seconds, badRanges })
      if (badRanges.length > 0) throw badCard(identity.path, badRanges)
      await customised.check(readerOf(identity.path))
      this.#report.hostKey = customised.hostKey.fingerprint
    } finally {
      await card.close()
    }
  }

  async #customise(image: CachedImage): Promise<Customised> {
    const input = this.#input
    const plan = this.#plan
    const { cluster, settings, authorizedKey, signal, wifi } = input
    const node = cluster.nodes.find(({ name }) => name === plan.node)
    if (!node)
      throw new Trouble('unknown-node', `No node of ${cluster.name} is named ${plan.node}.`, 'Reload the page.')
    const workdir = join(input.workdir, plan.cardId)
    await mkdir(workdir, { recursive: true, mode: 0o700 })
    try {
      const customised = await customiseImage({
        image,
        node: { name: node.name, address: node.address, roles: node.roles },
        cluster: cluster.name,
        settings,
        timezone: cluster.timezone,
        user: cluster.ssh.user,
        port: cluster.ssh.port,
        authorizedKey,
        cardId: plan.cardId,
        callHome: input.callHome(node.address),
        workdir,
        signal,
        ...(wifi ? { wifi } : {}),
      })
      const { publicLine, fingerprint } = customised.hostKey
      await input.emit({ type: 'flash-key', node: plan.node, publicLine, fingerprint })
      return customised
    } finally {
      await rm(workdir, { recursive: true, force: true })
    }
  }

  /** Its first sample takes the old partition table away: whatever stops the flash from here on leaves no card that boots. */
  async #probe(card: OpenCard): Promise<void> {
    const { signal } = this.#input
    const { path, size } = card.identity
    const found = await this.#metered('probing', (onProgress) => probeCapacity({ card, signal, onProgress })).catch(
      async (error: unknown) => {
        await wipeFirstBlock(card, error)
        throw error
      },
    )
    if (found.ok) return
    await wipeFirstBlock(card)
    throw new Trouble(
      'card-fake',
      `${path} reports ${gigabytes(size)}, but stores only about ${gigabytes(found.realSize)}.`,
      'It is a counterfeit card: do not use it, and return it to the seller.',
    )
  }

  /** A cancel between probing and writing: nothing was written yet, and still what was on the card is lost. */
  async #stopProbed(card: OpenCard): Promise<void> {
    if (!this.#input.signal.aborted) return
    await wipeFirstBlock(card)
    throw cancelled(card)
  }

  async #metered<T>(phase: FlashPhase, work: (onProgress: (p: { done: number; total: number }) => void) => Promise<T>) {
    await this.#phase(phase)
    const { node } = this.#plan
    const meter = new Meter(phase, (progress) => void this.#input.emit({ type: 'flash-progress', node, progress }))
    return work((progress) => meter.report(progress))
  }

  async #phase(phase: FlashPhase): Promise<void> {
    await this.#input.emit({ type: 'flash-phase', node: this.#plan.node, phase })
  }

  async #log(text: string): Promise<void> {
    await this.#input.emit({ type: 'flash-log', node: this.#plan.node, text })
  }
}

function blankReport(identity: CardIdentity, cards: readonly Card[]): CardReport {
  const seen = cards.find((card) => card.identity.path === identity.path)
  return {
    identity,
    vendor: seen?.vendor ?? '',
    model: seen?.model ?? '',
    before: seen?.contents ?? { kind: 'unknown', words: 'unknown' },
    written: 0,
    verified: 0,
    writeSeconds: 0,
    verifySeconds: 0,
    badRanges: [],
    hostKey: null,
  }
}

/** Direct writes have thrown the kernel's copy of those bytes away: a plain read asks the card. */
function readerOf(path: string): (offset: number, length: number) => Promise<Buffer> {
  return async (offset, length) => {
    const handle = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  }
}

function badCard(path: string, bad: readonly ByteRange[]): Trouble {
  const named = bad.slice(0, 4).map(({ offset, length }) => `${megabytes(length)} at ${megabytes(offset)}`)
  const more = bad.length > 4 ? ` and ${bad.length - 4} more places` : ''
  return new Trouble(
    'card-bad',
    `${path} does not read back as it was written: ${named.join(', ')}${more}. The card is not bootable.`,
    'The card is worn out or its reader is defective: try another reader once, then another card.',
  )
}

function cancelWords(error: unknown): TroubleWords {
  if (error instanceof Trouble && error.code === 'cancelled') return wordsOf(error)
  return { code: 'cancelled', message: 'Cancelled.', cure: 'Press Flash to start again.' }
}

const wordsOf = (error: unknown): TroubleWords =>
  troubleWords(error, 'Internal error', 'Press Flash again. If the problem persists, report it with this message.')

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
