/** Stations: hosts of workers with card readers, as they announce themselves every few seconds. */
import { Card, readerPhases, StationLack, StationNetwork } from '@bramble/cluster'
import { z } from 'zod'
import type { Station } from '../generated/client.ts'
import { databaseNow } from '../store/active.ts'
import { pool, prisma } from '../store/connection.ts'
import { type CardRecordView, cardKey, cardRecordView, touched } from './card-records.ts'

/** A station that was silent for longer is away. It speaks every 5 s. */
const stationPatienceMs = 15_000

export interface CardView extends Card {
  /** The flash that is at it. */
  busy: { run: string; node: string } | null
  /** The last time this very card was flashed. */
  history: CardRecordView | null
}

export interface StationView {
  id: string
  name: string
  /** It spoke within the last 15 s. */
  online: boolean
  /** ISO time. */
  seenAt: string
  /** It runs on another machine, with an identity of its own. */
  remote: boolean
  cards: CardView[]
  networks: StationNetwork[]
  lacks: StationLack[]
}

/** For the worker: what is in its readers now. Tells the followers when something changed, or when it was away. */
export async function announceStation(input: {
  id: string
  name: string
  owner: string
  cards: readonly Card[]
  networks: readonly StationNetwork[]
  lacks: readonly StationLack[]
}): Promise<void> {
  const { id, name, owner } = input
  const [cards, networks, lacks] = [input.cards, input.networks, input.lacks].map((value) => JSON.stringify(value))
  await pool().query(
    `with before as (select * from station where id = $1 for update),
     told as (
       insert into station (id, name, owner, cards, networks, lacks, seen_at)
       values ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb, now())
       on conflict (id) do update set name = excluded.name, owner = excluded.owner, cards = excluded.cards,
         networks = excluded.networks, lacks = excluded.lacks, seen_at = excluded.seen_at
       returning *)
     select pg_notify('bramble_station', told.id) from told left join before on before.id = told.id
     where before.id is null or before.seen_at < now() - make_interval(secs => $7)
       or (before.name, before.cards, before.networks, before.lacks)
         is distinct from (told.name, told.cards, told.networks, told.lacks)`,
    [id, name, owner, cards, networks, lacks, stationPatienceMs / 1000],
  )
}

/** The worker ends: its station is away at once. Nothing when another worker of the host has spoken since. */
export async function dismissStation(id: string, owner: string): Promise<void> {
  await pool().query(
    `update station set seen_at = now() - make_interval(secs => $3) where id = $1 and owner = $2
     returning pg_notify('bramble_station', id)`,
    [id, owner, stationPatienceMs / 1000 + 1],
  )
}

/** By name; those that are offline too, this machine's for a week. */
export async function listStations(): Promise<StationView[]> {
  const [rows, now, busy] = await Promise.all([
    prisma().station.findMany({ orderBy: [{ name: 'asc' }, { id: 'asc' }] }),
    databaseNow(),
    prisma().cardRecord.findMany({ where: { phase: { in: [...readerPhases] } } }),
  ])
  const listed = rows.map((row) => ({ row, cards: cardsOf(row) }))
  const keys = listed.flatMap(({ cards }) => cards.flatMap((card) => cardKey(card.identity) ?? []))
  const records = await prisma().cardRecord.findMany({
    where: { cardKey: { in: keys }, ...touched },
    distinct: ['cardKey'],
    orderBy: { createdAt: 'desc' },
  })
  const history = new Map(records.map((record) => [record.cardKey, cardRecordView(record)]))
  const held = new Map(busy.map(cardRecordView).map((record) => [`${record.station} ${record.path}`, record]))
  return listed.map(({ row, cards }) => ({
    id: row.id,
    name: row.name,
    online: isOnline(row, now),
    seenAt: row.seenAt.toISOString(),
    remote: row.publicKey !== null,
    cards: cards.map((card) => {
      const key = cardKey(card.identity)
      const flash = held.get(`${row.id} ${card.identity.path}`)
      return {
        ...card,
        busy: flash ? { run: flash.run, node: flash.node } : null,
        history: key === null ? null : (history.get(key) ?? null),
      }
    }),
    networks: z.array(StationNetwork).catch([]).parse(row.networks),
    lacks: z.array(StationLack).catch([]).parse(row.lacks),
  }))
}

export function cardsOf(row: Station): Card[] {
  return z.array(Card).catch([]).parse(row.cards)
}

export function isOnline(row: Pick<Station, 'seenAt'>, now: Date): boolean {
  return now.getTime() - row.seenAt.getTime() < stationPatienceMs
}

/**
 * Forgets the machines of workers that were silent for a week, with what was known of their images, and codes that nobody
 * used. A station that joined keeps its identity until somebody removes it.
 */
export async function sweepStations(): Promise<void> {
  await pool().query(
    `delete from station where public_key is null and seen_at < now() - interval '7 days'
     returning pg_notify('bramble_station', id)`,
  )
  await pool().query('delete from station_code where expires_at < now()')
  await pool().query(
    `delete from flash_kit using run where run.id = run_id and run.status not in ('queued', 'running')`,
  )
}
