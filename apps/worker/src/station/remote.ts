/** A station whose Bramble is on another machine: everything over HTTP, and nothing secret but what was encrypted for it. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ClaimedFlashAnswer,
  FlashKit,
  type FlashProgress,
  flashKitPlace,
  type ImageSource,
  ImageWorkAnswer,
  type StationArguments,
  StationWork,
} from '@bramble/cluster'
import { type Lease, type RunEnd, stationLeaseSeconds } from '@bramble/db/runs'
import { openWith } from '@bramble/db/secrets'
import { z } from 'zod'
import { type StationClient, StationRemoved } from './http.ts'
import type { FlashServer, ImageServer, StationServer } from './server.ts'

/** While the dashboard restarts. */
const patienceMs = 60_000
const progressMs = 500
/** Between the end of some work and its being asked for again. */
const restMs = 2_000
const retryMs = 3_000

type Leased = { run: string; fence: number }
const leaseOf = ({ run, fence }: Lease): Leased => ({ run, fence })
const clip = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
const clipped = <T extends { message: string; cure: string }>(trouble: T): T => ({
  ...trouble,
  message: clip(trouble.message, 1000),
  cure: clip(trouble.cure, 1000),
})

/** `owner` names this process, `privateKey` opens what is encrypted for the station. `ending`: nothing is waited for any more. */
export function remoteServer(
  client: StationClient,
  owner: string,
  privateKey: Buffer,
  ending: AbortSignal,
): StationServer {
  return {
    async announce({ cards, networks, lacks }) {
      const short = lacks.slice(0, 16).map(({ what, cure }) => ({ what: clip(what, 400), cure: clip(cure, 400) }))
      await client.call('announce', { cards: cards.slice(0, 64), networks: networks.slice(0, 32), lacks: short })
    },
    async dismiss() {
      await client.call('dismiss', {}, { answerMs: 3_000 })
    },
    flashes: flashesOf(client, owner, privateKey),
    images: imagesOf(client, ending),
  }
}

function flashesOf(client: StationClient, owner: string, privateKey: Buffer): FlashServer {
  const progress = new ProgressSender(client)
  return {
    leaseSeconds: stationLeaseSeconds,
    async claim(run) {
      const answer = ClaimedFlashAnswer.parse(notEmpty(await client.call('claim', { run }, { patienceMs: 20_000 })))
      if (!answer) return null
      const { lease, kit, ...rest } = answer
      const opened = openWith(privateKey, Buffer.from(kit, 'base64'), flashKitPlace(run))
      return { ...lease, owner, ...rest, kit: FlashKit.parse(JSON.parse(opened.toString('utf8'))) }
    },
    async renew(lease) {
      const answer = await client.call('renew', { lease: leaseOf(lease) }, { answerMs: 10_000 })
      return z.object({ cancelRequested: z.boolean() }).parse(answer)
    },
    async journal(lease, { lines = [], steps = [] }) {
      await client.call('journal', {
        lease: leaseOf(lease),
        lines: lines.map((line) => ({ ...line, text: clip(line.text, 1000) })),
        steps: steps.map((step) => ({ ...step, error: step.error && clipped(step.error) })),
      })
    },
    async phase(lease, card, phase) {
      await progress.settle(card)
      await client.call('phase', { lease: leaseOf(lease), card, phase: phase as StationArguments<'phase'>['phase'] })
    },
    progress: async (lease, card, state) => progress.tell(leaseOf(lease), card, state),
    async key(lease, card, { publicLine, fingerprint }) {
      await client.call('key', { lease: leaseOf(lease), card, publicLine, fingerprint }, { patienceMs })
    },
    async endCard(lease, { cardId, outcome, report, trouble }) {
      await progress.settle(cardId)
      const short = report && { ...report, badRanges: report.badRanges.slice(0, 200) }
      const told = { card: cardId, outcome, report: short, trouble: trouble && clipped(trouble) }
      await client.call('end-card', { lease: leaseOf(lease), ...told })
    },
    async end(lease, end, rest) {
      const told = { trouble: clipped(rest.trouble), cancelled: rest.cancelled }
      await client.call('end', { lease: leaseOf(lease), end: endOf(end), rest: told }, { patienceMs })
    },
  }
}

function endOf({ status, outcome, trouble }: RunEnd): RunEnd {
  const nodes = outcome?.nodes.map((node) => ({ ...node, message: clip(node.message, 2000) })) ?? []
  const short = outcome && { ...outcome, nodes, message: clip(outcome.message, 4000) }
  return { status, outcome: short, trouble: trouble && clipped(trouble) }
}

/** The newest progress of each card, all of a flash in one call, twice a second at most. */
class ProgressSender {
  readonly #client: StationClient
  readonly #waiting = new Map<string, { lease: Leased; progress: FlashProgress }>()
  #sending: Promise<void> | undefined

  constructor(client: StationClient) {
    this.#client = client
  }

  tell(lease: Leased, card: string, progress: FlashProgress): void {
    this.#waiting.set(card, { lease, progress })
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
  }

  /** What was told of this card before is sent or forgotten: something newer follows. */
  async settle(card: string): Promise<void> {
    this.#waiting.delete(card)
    await this.#sending
  }

  async #send(): Promise<void> {
    await sleep(progressMs)
    const all = [...this.#waiting]
    this.#waiting.clear()
    for (const run of new Set(all.map(([, { lease }]) => lease.run))) {
      const own = all.filter(([, { lease }]) => lease.run === run)
      const cards = own.map(([card, { progress }]) => ({ card, progress }))
      const lease = own[0]![1].lease
      // The next one says it better; a lost lease shows with the next heartbeat.
      await this.#client
        .call('progress', { lease, cards: cards as StationArguments<'progress'>['cards'] }, { answerMs: 5_000 })
        .catch(() => undefined)
    }
  }
}

function imagesOf(client: StationClient, signal: AbortSignal): ImageServer {
  return {
    claim: async (image) =>
      ImageWorkAnswer.parse(notEmpty(await client.call('image-claim', { image }, { patienceMs }))),
    async progress(image, { state, done, total }) {
      if (state === 'downloading' || state === 'unpacking' || state === 'checking')
        await client.call('image-progress', { image, state, done, total })
    },
    async ready(image, facts, bytesOnDisk) {
      await client.call(
        'image-ready',
        { image, facts: { ...facts, os: clip(facts.os, 100) }, bytesOnDisk },
        { patienceMs },
      )
    },
    async failed(image, trouble) {
      await client.call('image-failed', { image, trouble: clipped(trouble) }, { patienceMs })
    },
    async forget(image) {
      await client.call('image-forget', { image }, { patienceMs })
    },
    async present(copies) {
      const present = copies.slice(0, 200).map(({ id, bytes }) => ({ id, bytes }))
      await client.call('images-present', { present }, { patienceMs: Number.POSITIVE_INFINITY, signal })
    },
    // What is to be done is asked for again and again.
    requeue: async () => undefined,
    onChange: async () => () => undefined,
    source({ id, source }) {
      if (source.kind !== 'upload') return { source }
      const { url, headers } = client.file(`/api/station/images/${id}`)
      const { sha256, size, file } = source
      const fetched: ImageSource = {
        ...{ kind: 'url', url },
        ...(sha256 ? { downloadSha256: sha256 } : {}),
        ...(size ? { downloadSize: size } : {}),
        ...(size && /\.(img|raw|bin)$/i.test(file) ? { contentSize: size } : {}),
      }
      return { source: fetched, headers }
    },
  }
}

/** Nothing is sent as `{}`. */
const notEmpty = (answer: unknown) => (Object.keys(Object(answer)).length === 0 ? null : answer)

/** Asks for work until the signal aborts and hands each piece to `take`, once while it is in hand. */
export async function followWork(
  client: StationClient,
  signal: AbortSignal,
  take: (work: StationWork[number]) => Promise<void>,
): Promise<void> {
  const known = new Set<string>()
  while (!signal.aborted) {
    try {
      const answer = await client.call('next', { known: [...known].slice(-200) }, { signal, answerMs: 45_000 })
      for (const work of StationWork.parse(Array.isArray(answer) ? answer : [])) {
        known.add(work.tag)
        // A cancel stays asked for until its flash has ended.
        void take(work)
          .catch((error: Error) => console.error(`${work.kind} ${work.id}: ${error.message}`))
          .then(() => sleep(work.kind === 'cancel' ? patienceMs : restMs, undefined, { ref: false }))
          .then(() => known.delete(work.tag))
      }
    } catch (error) {
      if (signal.aborted || error instanceof StationRemoved) return
      console.error(`station: ${error instanceof Error ? error.message : error}`)
      await sleep(retryMs, undefined, { signal }).catch(() => undefined)
    }
  }
}
