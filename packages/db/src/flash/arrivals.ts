/** Pis that boot from a card: known by the key that was written to it, and from then on nodes that answer. */
import { ClusterSpec, FlashPhase, Ipv4, RunRequest } from '@bramble/cluster'
import { recordAudit } from '../audit/audit.ts'
import type { CardRecord } from '../generated/client.ts'
import { activeStatuses } from '../store/active.ts'
import { pool, prisma, transaction } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import { notify } from '../store/listen.ts'
import type { TroubleView } from '../store/trouble.ts'

export interface ExpectedCard {
  /** Id of the record. */
  card: string
  run: string
  cluster: string
  clusterId: string
  node: string
  phase: FlashPhase
  /** As in authorized_keys. */
  publicLine: string
  fingerprint: string
  /** As the spec was when the card was asked for. */
  spec: ClusterSpec
  network: 'static' | 'dhcp'
  prefix: number
  /** Of the node as it is in the database now. */
  nodeAddress: string
  troubleCode: string | null
}

/** A card that a Pi may boot from. Null when there is none of this id, or it was written anew since. */
export async function cardForArrival(id: string): Promise<ExpectedCard | null> {
  const row = isId(id) ? await prisma().cardRecord.findUnique({ where: { id } }) : null
  return row ? expected(row) : null
}

/** Written cards whose Pis are not online yet, for two hours. */
export async function waitingCards(): Promise<ExpectedCard[]> {
  const rows = await prisma().cardRecord.findMany({
    where: { phase: { in: ['written', 'booting'] }, writtenAt: { gt: new Date(Date.now() - 2 * 3_600_000) } },
    orderBy: { createdAt: 'asc' },
  })
  return (await Promise.all(rows.map(expected))).filter((entry) => entry !== null)
}

/** A Pi may call home: there is an admin, and a card that was written in the last 30 days has not come online. */
export async function expectsArrivals(): Promise<boolean> {
  const { rows } = await pool().query<{ expects: boolean }>(
    `select exists (select 1 from "user" where role = 'admin') and exists (
       select 1 from card_record where phase in ('written', 'booting') and written_at > now() - interval '30 days'
     ) as expects`,
  )
  return rows[0]?.expects ?? false
}

async function expected(row: CardRecord): Promise<ExpectedCard | null> {
  const { clusterId, publicLine, hostKey } = row
  if (clusterId === null || publicLine === null || hostKey === null) return null
  const [newest, run, node] = await Promise.all([
    prisma().cardRecord.findFirst({
      where: { clusterId, node: row.node, writtenAt: { not: null } },
      orderBy: { writtenAt: 'desc' },
    }),
    prisma().run.findUnique({ where: { id: row.runId } }),
    prisma().node.findFirst({ where: { clusterId, name: row.node } }),
  ])
  if (newest?.id !== row.id || !run || node?.hostKey !== hostKey) return null
  const settings = RunRequest.parse(run.request).flash?.settings
  if (!settings) return null
  return {
    card: row.id,
    run: row.runId,
    cluster: row.cluster,
    clusterId,
    node: row.node,
    phase: FlashPhase.parse(row.phase),
    publicLine,
    fingerprint: hostKey,
    spec: ClusterSpec.parse(run.spec),
    network: settings.network,
    prefix: settings.prefix,
    nodeAddress: node.address,
    troubleCode: troubleCode(row.trouble),
  }
}

function troubleCode(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : null
}

/** Keys of cards that were written for this node before: a Pi that still runs from one is no stranger. */
export async function earlierKeys(clusterId: string, node: string): Promise<Set<string>> {
  const rows = await prisma().cardRecord.findMany({ where: { clusterId, node, hostKey: { not: null } } })
  return new Set(rows.flatMap((row) => row.hostKey ?? []))
}

/** Its Pi has told, with its own key, that it boots; when it is online stands in `adoptNode`. */
export async function recordArrival(input: { card: string; address: string }): Promise<void> {
  await tell(
    `update card_record set phase = case when phase = 'written' then 'booting' else phase end,
       booting_at = coalesce(booting_at, now()), address = $2
     where id = $1 and phase in ('written', 'booting')`,
    [input.card, input.address],
  )
}

/** Something is wrong with the Pi that boots from it. Null: it is well again. Written once, however often it is told. */
export async function recordCardTrouble(card: string, trouble: TroubleView | null): Promise<void> {
  const json = trouble && JSON.stringify(trouble)
  await tell('update card_record set trouble = $2::jsonb where id = $1 and trouble is distinct from $2::jsonb', [
    card,
    json,
  ])
}

/** An arrival that the card's key has not signed. In the audit once a card, and loud on its record. */
export async function recordForgery(card: ExpectedCard, trouble: TroubleView): Promise<void> {
  const target = `${card.cluster}/${card.node}`
  if (card.troubleCode !== trouble.code)
    await recordAudit({ who: 'bramble', what: 'arrival', target, outcome: 'refused', detail: trouble.message })
  await recordCardTrouble(card.card, trouble)
}

/**
 * The Pi was signed in to with the key of its card. With an address from the router, that becomes the node's as long
 * as nothing was built on the cluster. Returns the trouble that is left: it answers, but not where the spec says.
 */
export async function adoptNode(input: { card: string; address: string; facts: object }): Promise<TroubleView | null> {
  const card = await cardForArrival(input.card)
  if (!card) return null
  const trouble = await transaction(async (client) => {
    const { rows } = await client.query<{ id: string; address: string }>(
      'select id, address from node where cluster_id = $1 and name = $2 for update',
      [card.clusterId, card.node],
    )
    const node = rows[0]
    if (!node) return null
    const left = node.address === input.address ? null : await move(client, card, node, input.address)
    await client.query('update node set facts = $2::jsonb, trouble = $3::jsonb, seen_at = now() where id = $1', [
      node.id,
      JSON.stringify(input.facts),
      left && JSON.stringify(left),
    ])
    await client.query(
      `update card_record set phase = 'online', progress = null, booting_at = coalesce(booting_at, now()),
         online_at = coalesce(online_at, now()), address = $2, trouble = $3::jsonb
       where id = $1`,
      [card.card, input.address, left && JSON.stringify(left)],
    )
    return left
  })
  await tellOf(card)
  return trouble
}

type Client = Parameters<Parameters<typeof transaction>[0]>[0]

async function move(
  client: Client,
  card: ExpectedCard,
  node: { id: string; address: string },
  to: string,
): Promise<TroubleView | null> {
  const { cluster, clusterId } = card
  const { rows: built } = await client.query(
    `select 1 from run where cluster_id = $1 and kind in ('provision', 'reprovision')
       and (status in ('succeeded', 'partial') or status = any($2)) limit 1`,
    [clusterId, activeStatuses],
  )
  if (card.network === 'static' || built.length > 0 || !Ipv4.safeParse(to).success)
    return {
      code: 'address-moved',
      message: `${card.node} answers at ${to}, but ${cluster} has it at ${node.address}.`,
      cure: `Give it ${node.address} in your router, or flash its card with that address.`,
    }
  const { rows } = await client.query<{ id: string; name: string; cluster_id: string; seen_at: Date | null }>(
    'select id, name, cluster_id, seen_at from node where address = $1 for update',
    [to],
  )
  const holder = rows[0]
  // Two nodes of one cluster whose addresses the router dealt the other way round: they change places.
  if (holder && (holder.cluster_id !== clusterId || holder.seen_at !== null))
    return {
      code: 'address-taken',
      message: `The router gave ${card.node} the address ${to}, which belongs to ${holder.name} here.`,
      cure: `Give ${card.node} another address in your router, then restart it.`,
    }
  await client.query('update node set address = $2 where id = $1', [node.id, `moving ${node.id}`])
  if (holder) await client.query('update node set address = $2 where id = $1', [holder.id, node.address])
  await client.query('update node set address = $2 where id = $1', [node.id, to])
  return null
}

async function tell(sql: string, values: readonly unknown[]): Promise<void> {
  await pool().query(
    `with told as (${sql} returning id, run_id)
     select pg_notify('bramble_card', id::text), pg_notify('bramble_run', run_id::text) from told`,
    [...values],
  )
}

async function tellOf({ card, run }: ExpectedCard): Promise<void> {
  await notify('bramble_card', card)
  await notify('bramble_run', run)
}
