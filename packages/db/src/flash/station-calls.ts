/** What a station on another machine may ask and tell: of flashes that it was asked for and holds, and of its own copies of images. */
import { createHash } from 'node:crypto'
import {
  type ClaimedFlashAnswer,
  ClusterSpec,
  FlashCluster,
  RunRequest,
  type StationCall,
  type StationVerb,
  type StationWork,
} from '@bramble/cluster'
import { endRun, writeJournal } from '../runs/journal.ts'
import { claimRun, type Lease, renewLease, stationLeaseSeconds } from '../runs/leases.ts'
import { changes } from '../store/changes.ts'
import { pool, prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import {
  cardsToFlash,
  closeFlash,
  endCardRecord,
  keepCardKey,
  recordFlashPhase,
  recordFlashProgress,
} from './flash-work.ts'
import {
  claimImageCopy,
  endImageCopy,
  forgetImageCopy,
  reconcileImageCopies,
  recordImageProgress,
} from './image-copies.ts'
import type { StationBearer } from './station-identity.ts'
import { announceStation, dismissStation } from './stations.ts'

/** Milliseconds that a station waits for work before it asks again. */
const waitMs = 20_000

type Call<V extends StationVerb> = Extract<StationCall, { verb: V }>

interface Caller {
  id: string
  name: string
  /** Names the process in leases. */
  owner: string
  /** Aborted when the station does not wait for the answer any more. */
  signal: AbortSignal
}

/** Answers JSON. Throws LeaseLost; Refusal `flash-unknown`, `image-unknown`, `key-invalid`. */
export async function answerStation(station: StationBearer, call: StationCall, signal: AbortSignal): Promise<unknown> {
  const caller = { ...station, owner: `${station.id} ${call.instance}`, signal }
  const answer = verbs[call.verb] as (call: StationCall, caller: Caller) => Promise<unknown>
  return (await answer(call, caller)) ?? {}
}

const verbs: { [V in StationVerb]: (call: Call<V>, caller: Caller) => Promise<unknown> } = {
  announce: ({ cards, networks, lacks }, { id, name, owner }) =>
    announceStation({ id, name, owner, cards, networks, lacks }),
  dismiss: (_, { id, owner }) => dismissStation(id, owner),
  next: ({ known }, caller) => nextWork(new Set(known), caller),
  claim: ({ run }, caller) => claim(run, caller),
  renew: ({ lease }, caller) => renewLease(held(lease, caller), stationLeaseSeconds),
  async journal({ lease, lines, steps }, caller) {
    const nodes = new Set((await cardsToFlash(lease.run)).map(({ node }) => node))
    if ([...lines, ...steps].some(({ node }) => node !== null && !nodes.has(node))) throw unknownFlash()
    await writeJournal(held(lease, caller), { lines, steps })
  },
  phase: ({ lease, card, phase }, caller) => recordFlashPhase(held(lease, caller), card, phase),
  async progress({ lease, cards }, caller) {
    for (const { card, progress } of cards) await recordFlashProgress(held(lease, caller), card, progress)
  },
  async key({ lease, card, publicLine, fingerprint }, caller) {
    const [, blob = ''] = publicLine.split(' ')
    const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64')
    if (fingerprint !== `SHA256:${digest.replace(/=+$/, '')}`)
      throw new Refusal(
        'key-invalid',
        'The fingerprint is not that of the host key.',
        'Update Bramble on the station, then press Flash again.',
      )
    await keepCardKey(held(lease, caller), card, { publicLine, fingerprint })
  },
  async 'end-card'({ lease, card, outcome, report, trouble }, caller) {
    // The node's key becomes that of its card: there has to be one.
    const keyed = await prisma().cardRecord.count({ where: { id: card, hostKey: { not: null } } })
    if (outcome === 'written' && keyed === 0)
      throw new Refusal('key-invalid', 'The host key of this card was never sent.', 'Press Flash again.')
    await endCardRecord(held(lease, caller), card, { outcome, report, trouble })
  },
  async end({ lease, end, rest }, caller) {
    const own = held(lease, caller)
    await closeFlash(own, rest.trouble, rest.cancelled)
    await endRun(own, end)
    await prisma().flashKit.deleteMany({ where: { runId: own.run } })
  },
  'image-claim': ({ image }, { id }) => claimImageCopy({ image, station: id }),
  async 'image-progress'({ image, state, done, total }, { id }) {
    await recordImageProgress({ image, station: id, state, done, total })
  },
  async 'image-ready'({ image, facts, bytesOnDisk }, caller) {
    const row = await ownImage(image, caller)
    // What another machine found in it stays: a station says nothing about images for others.
    await endImageCopy({ image, station: caller.id, bytesOnDisk, facts, keepFacts: row.facts !== null })
  },
  async 'image-failed'({ image, trouble }, caller) {
    await ownImage(image, caller)
    await endImageCopy({ image, station: caller.id, trouble })
  },
  'image-forget': ({ image }, { id }) => forgetImageCopy({ image, station: id }),
  'images-present': ({ present }, { id }) => reconcileImageCopies(id, present),
}

/** The run must be held by this very process of the station: every verb compares it with the row. */
const held = (lease: { run: string; fence: number }, { owner }: Caller): Lease => ({ ...lease, owner })

const unknownFlash = () =>
  new Refusal('flash-unknown', 'There is no such flash for this station.', 'Nothing is to be done.')

async function ownImage(image: string, { id }: Caller) {
  const copy = await prisma().imageCopy.findUnique({
    where: { imageId_stationId: { imageId: image, stationId: id }, wanted: true },
    include: { image: true },
  })
  if (!copy) throw new Refusal('image-unknown', 'There is no such image for this station.', 'Nothing is to be done.')
  return copy.image
}

async function nextWork(known: ReadonlySet<string>, caller: Caller): Promise<StationWork> {
  const signal = AbortSignal.any([caller.signal, AbortSignal.timeout(waitMs)])
  const subjects = [
    ['bramble_run', null],
    ['bramble_cancel', null],
    ['bramble_image', null],
    ['bramble_station', caller.id],
  ] as const
  for await (const _ of changes(subjects, signal)) {
    const work = (await workOf(caller)).filter(({ tag }) => !known.has(tag))
    if (work.length > 0) return work
    // Its token may have been revoked while it waited.
    if ((await prisma().station.count({ where: { id: caller.id } })) === 0) return []
  }
  return []
}

async function workOf({ id, owner }: Caller): Promise<StationWork> {
  const { rows } = await pool().query<StationWork[number]>(
    `select 'flash ' || run.id as tag, 'flash' as kind, run.id from run join flash_kit on flash_kit.run_id = run.id
     where run.kind = 'flash' and run.status = 'queued' and run.fence = 0 and run.cancel_requested_at is null
       and run.request #>> '{flash,station}' = $1
     union all
     select 'cancel ' || id, 'cancel', id from run
     where kind = 'flash' and status = 'running' and lease_owner = $2 and cancel_requested_at is not null
     union all
     select 'image ' || image_id || case when wanted then ' wanted' else ' removed' end, 'image', image_id from image_copy
     where station_id = $1 and (not wanted or state in ('queued', 'downloading', 'unpacking', 'checking'))
     limit 100`,
    [id, owner],
  )
  return rows
}

/** Asked again by the same process, because the answer was lost, it gets the same answer. */
async function claim(run: string, { id, owner }: Caller): Promise<ClaimedFlashAnswer> {
  const where = { id: run, kind: 'flash', flashKit: { isNot: null } }
  const asked = await prisma().run.findFirst({ where })
  const { flash } = RunRequest.safeParse(asked?.request).data ?? {}
  if (flash?.station !== id) return null
  await claimRun(run, owner, stationLeaseSeconds)
  const row = await prisma().run.findFirst({
    where: { ...where, status: 'running', leaseOwner: owner },
    include: { flashKit: true },
  })
  if (!row?.flashKit) return null
  const { name, nodes, timezone, ssh } = ClusterSpec.parse(row.spec)
  const wanted = nodes.filter((node) => flash.cards.some((card) => card.node === node.name))
  return {
    lease: { run, fence: row.fence },
    flash,
    cluster: FlashCluster.parse({ name, nodes: wanted, timezone, ssh }),
    cards: await cardsToFlash(run),
    kit: Buffer.from(row.flashKit.box).toString('base64'),
  }
}
