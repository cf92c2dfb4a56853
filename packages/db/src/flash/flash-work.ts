/** What the worker of a flash writes down about its cards; all of it checked against the run's lease. */
import { type CardIdentity, type CardReport, type FlashPhase, type FlashProgress, readerPhases } from '@bramble/cluster'
import type pg from 'pg'
import { type Lease, LeaseLost } from '../runs/leases.ts'
import { pool, prisma, transaction } from '../store/connection.ts'
import type { TroubleView } from '../store/trouble.ts'

export interface CardToFlash {
  /** Id of the record. */
  card: string
  node: string
  identity: CardIdentity
  image: string
  wifi: boolean
}

/** The cards of a claimed flash. */
export async function cardsToFlash(run: string): Promise<CardToFlash[]> {
  const rows = await prisma().cardRecord.findMany({ where: { runId: run }, orderBy: { node: 'asc' } })
  return rows.map((row) => ({
    card: row.id,
    node: row.node,
    identity: row.identity as CardIdentity,
    image: row.imageId,
    wifi: row.wifi,
  }))
}

/** Throws LeaseLost. */
export async function recordFlashPhase(lease: Lease, card: string, phase: FlashPhase): Promise<void> {
  await change(pool(), lease, card, 'phase = $5::text, progress = null', [phase])
}

/** Throws LeaseLost. */
export async function recordFlashProgress(lease: Lease, card: string, progress: FlashProgress): Promise<void> {
  await change(pool(), lease, card, 'progress = $5::jsonb', [JSON.stringify(progress)])
}

/** Kept before it is written to the card: a Pi that calls home is known from its first word. Throws LeaseLost. */
export async function keepCardKey(
  lease: Lease,
  card: string,
  key: { publicLine: string; fingerprint: string },
): Promise<void> {
  await change(pool(), lease, card, 'public_line = $5, host_key = $6', [key.publicLine, key.fingerprint])
}

/**
 * Written and verified: from now on this key is the node's, and what was known of the node before is not. Failed or
 * cancelled: the node stays as it was. Throws LeaseLost.
 */
export async function endCardRecord(
  lease: Lease,
  card: string,
  end: { outcome: 'written' | 'failed' | 'cancelled'; report: CardReport | null; trouble: TroubleView | null },
): Promise<void> {
  const { outcome, report, trouble } = end
  await transaction(async (client) => {
    // A quick hand has the Pi booting before the last card of the run is told.
    const phase = `case when phase in ('booting', 'online') then phase else $5::text end`
    await change(
      client,
      lease,
      card,
      `phase = ${phase}, progress = null, report = $6::jsonb, trouble = $7::jsonb,
       written_at = case when $5::text = 'written' then now() end`,
      [outcome, report && JSON.stringify(report), trouble && JSON.stringify(trouble)],
    )
    if (outcome !== 'written') return
    await client.query(
      `update node set host_key = card_record.host_key, facts = null, trouble = null, seen_at = null
       from card_record where card_record.id = $1 and node.cluster_id = card_record.cluster_id
         and node.name = card_record.node`,
      [card],
    )
    await client.query(
      `delete from secret using card_record where card_record.id = $1 and secret.cluster_id = card_record.cluster_id
         and secret.purpose = 'login' and secret.name = card_record.node`,
      [card],
    )
  })
}

/** Cards that the run left without an end, when it ends. Throws LeaseLost. */
export async function closeFlash(lease: Lease, trouble: TroubleView, cancelled: boolean): Promise<void> {
  for (const { card } of await cardsToFlash(lease.run))
    await change(
      pool(),
      lease,
      card,
      `progress = null, phase = case when phase = any($5::text[]) then $6::text else phase end,
       trouble = case when phase = any($5::text[]) then $7::jsonb else trouble end`,
      [readerPhases, cancelled ? 'cancelled' : 'failed', JSON.stringify(trouble)],
    )
}

async function change(
  client: Pick<pg.Pool | pg.PoolClient, 'query'>,
  lease: Lease,
  card: string,
  set: string,
  values: readonly unknown[],
): Promise<void> {
  const { rowCount } = await client.query(
    `update card_record set ${set}
     where id = $4 and run_id = (select id from run where id = $1 and lease_owner = $2 and fence = $3 and status = 'running')
     returning pg_notify('bramble_card', id::text), pg_notify('bramble_run', run_id::text)`,
    [lease.run, lease.owner, lease.fence, card, ...values],
  )
  if (rowCount === 0) throw new LeaseLost(lease.run)
}
