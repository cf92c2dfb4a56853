/** Messages to channels: claimed by one worker at a time, tried again for a day, and written down. */
import { AlertLevel, type ChannelConfig, DeliveryEvent, RuleName, ruleOf } from '@bramble/cluster'
import { z } from 'zod'
import type { Prisma } from '../generated/client.ts'
import { changes } from '../store/changes.ts'
import { pool, prisma, transaction } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import { notify } from '../store/listen.ts'
import { Refusal } from '../store/refusal.ts'
import { TroubleView } from '../store/trouble.ts'
import { openChannel } from './alert-channels.ts'

/** An alert, as a message tells it. */
export interface ToldAlert {
  id: string
  cluster: string
  /** Time zone of the cluster's nodes. */
  timezone: string
  rule: string
  title: string
  level: AlertLevel
  node: string | null
  subject: string
  words: string
  cure: string
  value: number | null
  since: Date
  firedAt: Date
  overAt: Date | null
  times: number
}

export interface ClaimedDelivery {
  id: string
  event: DeliveryEvent
  /** Null: a test. */
  alert: ToldAlert | null
  requestedBy: string | null
}

/** Messages for one channel that are to be sent together. */
export interface ClaimedBatch {
  channel: { id: string; name: string }
  config: ChannelConfig
  owner: string
  deliveries: ClaimedDelivery[]
}

/** Seconds that a worker has for one batch; after them another may take it. */
const claimSeconds = 60
const batchSize = 200
/** Nobody waits longer for a test. */
const testSeconds = 60

/**
 * Takes what is due for one channel, and what gathers for it meanwhile; null: nothing is due. Workers that ask at the
 * same time get different channels. What a killed worker had claimed comes again, and may then arrive twice.
 */
export async function claimDeliveries(owner: string): Promise<ClaimedBatch | null> {
  for (;;) {
    const claimed = await claim(owner)
    if (!claimed) return null
    const channel = await prisma().channel.findUnique({ where: { id: claimed.channel } })
    if (!channel) continue
    try {
      const config = openChannel(channel)
      const deliveries = await told(claimed.ids)
      return { channel: { id: channel.id, name: channel.name }, config, owner, deliveries }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { code, message, cure } = error
      await endDeliveries({ owner, ids: claimed.ids }, { trouble: { code, message, cure }, again: false })
    }
  }
}

/** Of deliveries `d` to channels `c`. */
const due = `((d.state = 'queued' and d.next_try <= now()) or (d.state = 'sending' and d.claimed_until < now()))
  and case when d.event = 'test' then d.created_at > now() - make_interval(secs => ${testSeconds}) else c.enabled end`

async function claim(owner: string): Promise<{ ids: string[]; channel: string } | null> {
  return transaction(async (client) => {
    // The channel's row is held first: whoever holds it decides alone what goes together.
    const held = await client.query<{ id: string }>(
      `select c.id from alert_channel c where exists (select from alert_delivery d where d.channel_id = c.id and ${due})
       order by random() limit 1 for no key update of c skip locked`,
    )
    const channel = held.rows[0]?.id
    if (channel === undefined) return null
    const { rows } = await client.query<{ id: string; event: string }>(
      `select d.id, d.event from alert_delivery d join alert_channel c on c.id = d.channel_id
       where c.id = $1 and (${due} or (d.state = 'queued' and d.attempts = 0 and d.event <> 'test'))
       order by d.event = 'test' desc, d.created_at limit $2`,
      [channel, batchSize],
    )
    // A person waits for a test: it goes alone.
    const ids = (rows[0]?.event === 'test' ? rows.slice(0, 1) : rows).map(({ id }) => id)
    if (ids.length === 0) return null
    await client.query(
      `update alert_delivery set state = 'sending', attempts = attempts + 1, claimed_by = $2,
         claimed_until = now() + make_interval(secs => $3) where id = any($1::uuid[])`,
      [ids, owner, claimSeconds],
    )
    return { ids, channel }
  })
}

const withAlert = {
  alert: { include: { cluster: { select: { name: true, settings: true } } } },
} satisfies Prisma.DeliveryInclude
type AlertOfDelivery = NonNullable<Prisma.DeliveryGetPayload<{ include: typeof withAlert }>['alert']>

async function told(ids: string[]): Promise<ClaimedDelivery[]> {
  const rows = await prisma().delivery.findMany({
    where: { id: { in: ids } },
    include: withAlert,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map((row) => ({
    ...{ id: row.id, requestedBy: row.requestedBy, event: DeliveryEvent.parse(row.event) },
    alert: row.alert && toldAlert(row.alert),
  }))
}

function toldAlert(row: AlertOfDelivery): ToldAlert {
  const rule = RuleName.safeParse(row.rule)
  return {
    ...{ id: row.id, cluster: row.cluster.name, rule: row.rule, subject: row.subject, words: row.words },
    ...{ cure: row.cure, value: row.value, since: row.since, overAt: row.overAt, times: row.times },
    timezone: z.object({ timezone: z.string() }).safeParse(row.cluster.settings).data?.timezone ?? 'Etc/UTC',
    title: rule.success ? ruleOf(rule.data).title : row.rule,
    level: AlertLevel.catch('warning').parse(row.level),
    node: row.node === '' ? null : row.node,
    firedAt: row.firedAt ?? row.since,
  }
}

export type DeliveryResult =
  | { answer: string }
  /** `after`: seconds that the receiver asked to wait. */
  | { trouble: TroubleView; again: boolean; after?: number | undefined }

/** Writes how it went. What may go better later is tried again, up to an hour apart, for a day. */
export async function endDeliveries(
  batch: { owner: string; ids: readonly string[] },
  result: DeliveryResult,
): Promise<void> {
  const mine = `id = any($1::uuid[]) and claimed_by = $2 and state = 'sending'`
  if ('answer' in result)
    await pool().query(
      `update alert_delivery set state = 'sent', sent_at = now(), answer = $3, trouble = null,
         claimed_by = null, claimed_until = null where ${mine}`,
      [batch.ids, batch.owner, result.answer.slice(0, 500)],
    )
  else
    await pool().query(
      `update alert_delivery set trouble = $3, claimed_by = null, claimed_until = null,
         state = case when $4 and event <> 'test' and created_at > now() - interval '1 day' then 'queued' else 'failed' end,
         next_try = now() + make_interval(secs => greatest($5, least(3600, 10 * 2 ^ least(attempts - 1, 10))))
       where ${mine}`,
      [batch.ids, batch.owner, result.trouble, result.again, Math.min(result.after ?? 0, 3600)],
    )
  await notify('bramble_delivery', '')
}

export interface DeliveryView {
  id: string
  channel: string
  event: DeliveryEvent
  state: 'queued' | 'sending' | 'sent' | 'failed'
  attempts: number
  /** ISO times. */
  createdAt: string
  sentAt: string | null
  /** When it is tried next; null: not any more. */
  nextTry: string | null
  trouble: TroubleView | null
  answer: string | null
  /** Null: a test. */
  alert: { title: string; cluster: string; node: string | null; level: AlertLevel } | null
}

/** Newest first. */
export async function listDeliveries(limit = 50): Promise<DeliveryView[]> {
  const rows = await prisma().delivery.findMany({
    include: { ...withAlert, channel: { select: { name: true } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: limit,
  })
  return rows.map(deliveryView)
}

function deliveryView(
  row: Prisma.DeliveryGetPayload<{ include: typeof withAlert & { channel: { select: { name: true } } } }>,
): DeliveryView {
  const alert = row.alert && toldAlert(row.alert)
  return {
    ...{ id: row.id, channel: row.channel.name, attempts: row.attempts, answer: row.answer },
    event: DeliveryEvent.catch('fired').parse(row.event),
    state: row.state as DeliveryView['state'],
    createdAt: row.createdAt.toISOString(),
    sentAt: row.sentAt?.toISOString() ?? null,
    nextTry: row.state === 'queued' ? row.nextTry.toISOString() : null,
    trouble: TroubleView.safeParse(row.trouble).data ?? null,
    alert: alert && { title: alert.title, cluster: alert.cluster, node: alert.node, level: alert.level },
  }
}

/** Waits until a test was sent or failed. After `ms` without a worker it has failed: nobody sends it later. */
export async function awaitDelivery(id: string, ms = 30_000): Promise<DeliveryView | null> {
  if (!isId(id)) return null
  const signal = AbortSignal.timeout(ms)
  const read = () =>
    prisma().delivery.findUnique({ where: { id }, include: { ...withAlert, channel: { select: { name: true } } } })
  for await (const _ of changes([['bramble_delivery', null]], signal)) {
    const row = await read()
    if (!row || row.state === 'sent' || row.state === 'failed') return row && deliveryView(row)
  }
  const trouble: TroubleView = {
    code: 'no-worker',
    message: 'No worker has sent it.',
    cure: 'Check that the worker is running (./bramble up starts it), then test again.',
  }
  await prisma().delivery.updateMany({ where: { id, state: 'queued' }, data: { state: 'failed', trouble } })
  const row = await read()
  return row && deliveryView(row)
}

/** Milliseconds until the next message is due; null: none waits. */
export async function nextDelivery(): Promise<number | null> {
  const { rows } = await pool().query<{ ms: number | null }>(
    `select extract(epoch from min(case state when 'queued' then next_try else claimed_until end) - now()) * 1000 as ms
     from alert_delivery where state in ('queued', 'sending') and event <> 'test'`,
  )
  const ms = rows[0]?.ms
  return ms === null || ms === undefined ? null : Math.max(0, Number(ms))
}
