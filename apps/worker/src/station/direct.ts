/** The station of the machine that the worker runs on: the database is at hand. */
import { FlashCluster } from '@bramble/cluster'
import { listen } from '@bramble/db'
import {
  announceStation,
  cardsToFlash,
  claimImageCopy,
  closeFlash,
  dismissStation,
  endCardRecord,
  endImageCopy,
  forgetImageCopy,
  keepCardKey,
  reconcileImageCopies,
  recordFlashPhase,
  recordFlashProgress,
  recordImageProgress,
  requeueImageCopies,
} from '@bramble/db/flash'
import { claimRun, endRun, leaseSeconds, renewLease, writeJournal } from '@bramble/db/runs'
import { Trouble, troubleWords } from '@bramble/provision'
import type { Environment } from '../env.ts'
import { type CallHome, openFlashKit } from './kit.ts'
import type { FlashServer, ImageServer, StationServer } from './server.ts'

type Self = Pick<Environment, 'station' | 'owner'>

/** `callHome` is asked when a flash begins: by then the networks are known. */
export function directServer({ station, owner }: Self, callHome: CallHome): StationServer {
  return {
    announce: (seen) => announceStation({ ...station, owner, ...seen }),
    dismiss: () => dismissStation(station.id, owner),
    flashes: flashesOf(owner, callHome),
    images: imagesOf(station.id),
  }
}

function flashesOf(owner: string, callHome: CallHome): FlashServer {
  return {
    leaseSeconds,
    async claim(id) {
      // Keys may have to be made before the first heartbeat.
      const run = await claimRun(id, owner, 60)
      if (!run) return null
      const { request, spec, clusterId } = run
      const cards = await cardsToFlash(id)
      try {
        if (!request.flash) throw new Trouble('flash-invalid', 'This flash names no cards.', 'Press Flash again.')
        const { name, nodes, timezone, ssh } = spec
        const asked = { clusterId, spec, flash: request.flash, wifi: cards.some(({ wifi }) => wifi) }
        const kit = await openFlashKit(asked, callHome)
        const cluster = FlashCluster.parse({ name, nodes, timezone, ssh })
        return { run: id, owner, fence: run.fence, flash: request.flash, cluster, cards, kit }
      } catch (error) {
        if (!(error instanceof Trouble)) console.error(`flash ${id}:`, error)
        const trouble = troubleWords(error, 'Internal error of Bramble', 'Press Flash again.')
        const message = `${trouble.message} ${trouble.cure}`
        await closeFlash(run, trouble, false)
        const outcome = { status: 'failed' as const, changed: 0, seconds: 0, message, nodes: [] }
        await endRun(run, { status: 'failed', outcome, trouble })
        return null
      }
    },
    renew: (lease) => renewLease(lease),
    journal: writeJournal,
    phase: recordFlashPhase,
    progress: recordFlashProgress,
    key: keepCardKey,
    endCard: (lease, outcome) => endCardRecord(lease, outcome.cardId, outcome),
    async end(lease, end, { trouble, cancelled }) {
      await closeFlash(lease, trouble, cancelled)
      await endRun(lease, end)
    },
  }
}

function imagesOf(station: string): ImageServer {
  return {
    claim: (image) => claimImageCopy({ image, station }),
    async progress(image, progress) {
      await recordImageProgress({ image, station, ...progress })
    },
    ready: (image, facts, bytesOnDisk) => endImageCopy({ image, station, facts, bytesOnDisk }),
    failed: (image, trouble) => endImageCopy({ image, station, trouble }),
    forget: (image) => forgetImageCopy({ image, station }),
    present: (copies) => reconcileImageCopies(station, copies),
    requeue: () => requeueImageCopies(station),
    onChange: (handler) => listen('bramble_image', handler),
    source: ({ source }) => ({ source }),
  }
}
