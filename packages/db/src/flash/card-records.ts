/** Which card went into which node: written while it is flashed, kept for ever, shown before the card is erased again. */
import { type CardIdentity, CardReport, FlashPhase, FlashProgress } from '@bramble/cluster'
import type { CardRecord, Prisma } from '../generated/client.ts'
import { prisma } from '../store/connection.ts'
import { TroubleView } from '../store/trouble.ts'

export interface CardRecordView {
  id: string
  /** The run may be gone with its cluster. */
  run: string
  cluster: string
  node: string
  station: string
  stationName: string
  /** Name of the image. */
  image: string
  /** Path of the device it was in. */
  path: string
  phase: FlashPhase
  progress: FlashProgress | null
  report: CardReport | null
  trouble: TroubleView | null
  /** Fingerprint of the key that was made for it; null before. */
  hostKey: string | null
  /** Where its Pi was found. */
  address: string | null
  /** ISO times. */
  createdAt: string
  writtenAt: string | null
  bootingAt: string | null
  onlineAt: string | null
}

export function cardRecordView(row: CardRecord): CardRecordView {
  const time = (at: Date | null) => at?.toISOString() ?? null
  return {
    id: row.id,
    run: row.runId,
    cluster: row.cluster,
    node: row.node,
    station: row.stationId,
    stationName: row.station,
    image: row.image,
    path: (row.identity as CardIdentity).path,
    phase: FlashPhase.parse(row.phase),
    progress: FlashProgress.safeParse(row.progress).data ?? null,
    report: CardReport.safeParse(row.report).data ?? null,
    trouble: TroubleView.safeParse(row.trouble).data ?? null,
    hostKey: row.hostKey,
    address: row.address,
    createdAt: row.createdAt.toISOString(),
    writtenAt: time(row.writtenAt),
    bootingAt: time(row.bootingAt),
    onlineAt: time(row.onlineAt),
  }
}

/** Newest first; default 50. */
export async function listCardRecords(
  filter: { cluster?: string | undefined; node?: string | undefined; limit?: number | undefined } = {},
): Promise<CardRecordView[]> {
  const rows = await prisma().cardRecord.findMany({
    where: {
      ...(filter.cluster === undefined ? {} : { cluster: filter.cluster }),
      ...(filter.node === undefined ? {} : { node: filter.node }),
    },
    orderBy: { createdAt: 'desc' },
    take: filter.limit ?? 50,
  })
  return rows.map(cardRecordView)
}

/** What of a card stays the same in any reader. A reader's serial stands for the card only together with its size. */
export function cardKey({ cid, serial, size }: CardIdentity): string | null {
  if (cid) return `cid ${cid}`
  return serial ? `serial ${serial} ${size}` : null
}

/** A flash that ended before its card was touched says nothing about the card or its node. */
export const touched = { NOT: { phase: 'cancelled', publicLine: null } } satisfies Prisma.CardRecordWhereInput

/** The newest record of each node of a cluster. */
export async function newestCards(clusterId: string): Promise<Map<string, CardRecordView>> {
  const rows = await prisma().cardRecord.findMany({
    where: { clusterId, ...touched },
    distinct: ['node'],
    orderBy: { createdAt: 'desc' },
  })
  return new Map(rows.map((row) => [row.node, cardRecordView(row)]))
}
