/** Flash: cards of this station become nodes. Never retried, never handed over: who comes later cannot know the reader. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FlashPhase, FlashProgress, RunOutcome, TroubleWords } from '@bramble/cluster'
import type { CardToFlash } from '@bramble/db/flash'
import { LeaseLost, type RunEnd } from '@bramble/db/runs'
import { Secret } from '@bramble/provision'
import { type CachedImage, type FlashEvent, type FlashOutcome, flashCards } from '@bramble/provision/flash'
import type { Journal } from '../journal.ts'
import type { ClaimedFlash, FlashServer } from './server.ts'

/** What a flash needs of the machine it runs on. */
export interface FlashPlace {
  /** Paths whose disks are never written. */
  protect: readonly string[]
  /** Folder for a moment's copies, readable by nobody else. */
  workdir: string
  prepareImage(
    image: string,
    signal: AbortSignal,
    onProgress: (progress: { done: number; total: number | null }) => void,
  ): Promise<CachedImage>
}

export interface FlashWork {
  flash: ClaimedFlash
  server: FlashServer
  journal: Journal
  signal: AbortSignal
}

export async function flashJob(work: FlashWork, place: FlashPlace): Promise<RunEnd> {
  const { journal, signal } = work
  const { flash, cluster, cards, kit } = work.flash
  const started = performance.now()
  const nodeAt = (address: string) => cluster.nodes.find((node) => node.address === address)?.name ?? ''
  const { wifi } = kit
  const teller = new FlashTeller(work, cards)
  const outcomes = await flashCards({
    image: () => place.prepareImage(flash.image, signal, (progress) => teller.tellImage(progress)),
    cards: cards.map(({ card, node, identity }) => ({
      node,
      cardId: card,
      identity,
      fixedDisk: flash.cards.find((asked) => asked.node === node)?.fixedDisk ?? false,
    })),
    settings: flash.settings,
    cluster,
    authorizedKey: kit.authorizedKey,
    callHome: (address) => kit.callHome[nodeAt(address)] ?? [],
    protect: place.protect,
    workdir: place.workdir,
    signal,
    emit: (event) => teller.tell(event),
    ...(wifi ? { wifi: { ssid: wifi.ssid, country: wifi.country, password: new Secret(wifi.password) } } : {}),
  })
  await teller.told()
  await journal.flush()
  return endOf(outcomes, signal.aborted, (performance.now() - started) / 1000)
}

const titles: Partial<Record<FlashPhase, string>> = {
  image: 'Prepare the image',
  opening: 'Check the card',
  probing: 'Check its capacity',
  customising: 'Customize the image',
  writing: 'Write',
  verifying: 'Verify',
  ejecting: 'Eject',
}

const progressMs = 500

/** Events become the card's record, and steps and lines of the run. */
class FlashTeller {
  readonly #work: FlashWork
  readonly #cards: ReadonlyMap<string, CardToFlash>
  readonly #steps = new Map<string, { phase: FlashPhase; since: number }>()
  readonly #progressAt = new Map<string, number>()
  #writing: Promise<void> = Promise.resolve()

  constructor(work: FlashWork, cards: readonly CardToFlash[]) {
    this.#work = work
    this.#cards = new Map(cards.map((card) => [card.node, card]))
  }

  /** Throws only when a key could not be kept: then it must not get onto a card. */
  async tell(event: FlashEvent): Promise<void> {
    const { journal, server, flash } = this.#work
    switch (event.type) {
      case 'flash-phase':
        return this.#phase(event.node, event.phase)
      case 'flash-progress':
        return this.#progress(event.node, event)
      case 'flash-log':
        return journal.say(event.text, event.node, this.#stepId(event.node))
      case 'flash-key':
        return server.key(flash, this.#card(event.node).card, event)
      case 'flash-end':
        this.#end(event.outcome)
        await this.#persist(() => server.endCard(flash, event.outcome))
    }
  }

  /** All cards wait for the one image. */
  tellImage({ done, total }: { done: number; total: number | null }): void {
    if (total === null) return
    const progress = { phase: 'image' as const, done: Math.round(done), total: Math.round(total), rate: 0, left: null }
    for (const node of this.#cards.keys()) this.#progress(node, { progress })
  }

  /** Resolves when all is written down. */
  async told(): Promise<void> {
    await this.#writing
  }

  #card(node: string): CardToFlash {
    return this.#cards.get(node)!
  }

  #stepId(node: string): string | null {
    const step = this.#steps.get(node)
    return step ? `flash/${step.phase}` : null
  }

  #phase(node: string, phase: FlashPhase): void {
    const { journal, server, flash } = this.#work
    const title = titles[phase]
    if (title === undefined) return
    if (!this.#steps.has(node)) journal.emit({ type: 'node-started', node })
    this.#settle(node)
    this.#steps.set(node, { phase, since: performance.now() })
    const because = this.#card(node).identity.path
    journal.emit({ type: 'step-started', node, step: `flash/${phase}`, title, because })
    void this.#persist(() => server.phase(flash, this.#card(node).card, phase))
  }

  #progress(node: string, { progress }: { progress: FlashProgress }): void {
    const now = performance.now()
    if (now - (this.#progressAt.get(node) ?? 0) < progressMs && progress.done < progress.total) return
    this.#progressAt.set(node, now)
    const { server, flash } = this.#work
    void this.#persist(() => server.progress(flash, this.#card(node).card, progress))
  }

  #settle(node: string): void {
    const step = this.#steps.get(node)
    if (!step) return
    const seconds = (performance.now() - step.since) / 1000
    const at = { node, step: `flash/${step.phase}`, title: titles[step.phase] ?? step.phase }
    const changed = step.phase === 'writing'
    this.#work.journal.emit({ type: 'step-settled', ...at, changed, seconds })
  }

  #end({ node, outcome, trouble, report }: FlashOutcome): void {
    const { journal } = this.#work
    const step = this.#steps.get(node)
    if (outcome === 'written') this.#settle(node)
    else if (outcome === 'failed' && trouble && step)
      journal.emit({
        type: 'step-failed',
        node,
        step: `flash/${step.phase}`,
        title: titles[step.phase] ?? step.phase,
        ...trouble,
      })
    const changed = report && report.written > 0 ? 1 : 0
    journal.emit({
      type: 'node-ended',
      node,
      outcome: nodeOutcome(outcome),
      changed,
      message: cardWords(outcome, trouble),
    })
  }

  /** In order; tried until it is written or the run is lost, because the database may be away for a moment. */
  #persist(write: () => Promise<void>): Promise<void> {
    const { signal } = this.#work
    this.#writing = this.#writing.then(async () => {
      for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
        try {
          return await write()
        } catch (error) {
          if (error instanceof LeaseLost) return
          console.error(`card record: ${error instanceof Error ? error.message : error}`)
          // A run that is over for this worker is told as such by others.
          if (signal.aborted && pause > 1_000) return
          await sleep(pause)
        }
      }
    })
    return this.#writing
  }
}

const nodeOutcome = (outcome: FlashOutcome['outcome']) => (outcome === 'written' ? 'succeeded' : outcome)

function cardWords(outcome: FlashOutcome['outcome'], trouble: TroubleWords | null): string {
  if (outcome === 'written') return 'Written and verified. Insert the card into its Pi and power the Pi.'
  return trouble ? `${trouble.message} ${trouble.cure}` : 'Not written.'
}

function endOf(outcomes: readonly FlashOutcome[], cancelled: boolean, seconds: number): RunEnd {
  const written = outcomes.filter(({ outcome }) => outcome === 'written')
  const rest = outcomes.filter(({ outcome }) => outcome !== 'written')
  const status = rest.length === 0 ? 'succeeded' : cancelled ? 'cancelled' : written.length > 0 ? 'partial' : 'failed'
  const trouble = status === 'failed' ? (rest[0]?.trouble ?? null) : null
  const nodes = outcomes.map(({ node, outcome, trouble: why, report }) => ({
    node,
    outcome: nodeOutcome(outcome),
    changed: report && report.written > 0 ? 1 : 0,
    message: cardWords(outcome, why),
  }))
  const changed = nodes.filter((node) => node.changed > 0).length
  return { status, outcome: { status, changed, seconds, message: endWords(status, written, rest), nodes }, trouble }
}

function endWords(
  status: RunOutcome['status'],
  written: readonly FlashOutcome[],
  rest: readonly FlashOutcome[],
): string {
  const names = (list: readonly FlashOutcome[]) => list.map(({ node }) => node).join(', ')
  const good = written.length === 0 ? '' : `Written and verified: ${names(written)}. `
  if (status === 'succeeded') return `${good}Insert the cards into their Pis and power them.`
  if (status === 'cancelled')
    return `${good}Canceled: the cards of ${names(rest)} were left so that no Pi boots from them. Press Flash to write them again.`
  const why = rest.map(
    ({ node, trouble }) => `${node}: ${trouble ? `${trouble.message} ${trouble.cure}` : 'not written.'}`,
  )
  return `${good}${why.join(' ')}`
}
