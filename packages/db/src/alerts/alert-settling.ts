/** Writing down what a look at a cluster means for its alerts: one transaction, one worker at a time. */
import { randomUUID } from 'node:crypto'
import { type AlertLevel, type DeliveryEvent, type RuleName, reaches } from '@bramble/cluster'
import type pg from 'pg'
import { transaction } from '../store/connection.ts'
import { clean } from '../store/text.ts'

/** An alert as the worker weighs it. */
export interface AlertRow {
  /** Null: it is new. */
  id: string | null
  rule: RuleName
  node: string | null
  subject: string
  /** `pending`: it holds, but not for long enough. */
  state: 'pending' | 'open' | 'over'
  level: AlertLevel
  words: string
  cure: string
  value: number | null
  since: Date
  firedAt: Date | null
  /** Since when it is not seen any more; null: it is. */
  absentSince: Date | null
  overAt: Date | null
  /** When words, cure and value were written. */
  wordsAt: Date
  times: number
  /** The level that people were told last; null: they were not. */
  toldLevel: AlertLevel | null
}

export interface SilenceRow {
  rule: string | null
  node: string | null
}

export interface AlertDecision {
  /** New or changed rows, with what is to be told; null: nothing. */
  save: { row: AlertRow; tell: Exclude<DeliveryEvent, 'test'> | null }[]
  /** Ids of pending ones that went away before they fired. */
  drop: string[]
}

/** Seconds that messages wait for others, so that many at once become one. */
const gatherSeconds = 5

/**
 * Shows `decide` the alerts that are pending, open, or over since `recent`, those that were over as shortly before a
 * pending one began, and the silences of now; writes what it returns, and queues the messages. Returns the saved rows,
 * and how many alerts are open then, those for information not counted.
 */
export async function settleAlerts(input: {
  /** Id. */
  cluster: string
  recent: Date
  decide: (known: AlertRow[], silences: SilenceRow[]) => AlertDecision
}): Promise<{ saved: AlertDecision['save']; open: number }> {
  return transaction(async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtext('bramble alerts'), hashtext($1))`, [input.cluster])
    const { rows } = await client.query<Stored>(
      `select * from alert where cluster_id = $1 and (state <> 'over' or over_at > $2)
       union
       select earlier.* from alert pending join alert earlier using (cluster_id, rule, node, subject)
       where cluster_id = $1 and pending.state = 'pending' and earlier.state = 'over'
         and earlier.over_at >= pending.since - (now() - $2)`,
      [input.cluster, input.recent],
    )
    const silences = await client.query<SilenceRow>(
      `select rule, node from alert_silence where cluster_id = $1 and ended_at is null and until > now()`,
      [input.cluster],
    )
    const { save, drop } = input.decide(rows.map(rowOf), silences.rows)
    if (drop.length > 0) await client.query(`delete from alert where id = any($1::uuid[])`, [drop])
    let told = false
    const saved: AlertDecision['save'] = []
    for (const { row, tell } of save) {
      const id = await write(client, input.cluster, row)
      saved.push({ row: { ...row, id }, tell })
      if (tell) told = (await queueMessages(client, id, row.level, tell)) || told
    }
    if (save.some(({ row }) => row.state !== 'pending'))
      await client.query(`select pg_notify('bramble_alert', $1)`, [input.cluster])
    if (told) await client.query(`select pg_notify('bramble_delivery', '')`)
    const open = await client.query<{ count: number }>(
      `select count(*)::int as count from alert where cluster_id = $1 and state = 'open' and level <> 'info'`,
      [input.cluster],
    )
    return { saved, open: open.rows[0]?.count ?? 0 }
  })
}

interface Stored {
  id: string
  rule: string
  node: string
  subject: string
  state: string
  level: string
  words: string
  cure: string
  value: number | null
  since: Date
  fired_at: Date | null
  absent_since: Date | null
  over_at: Date | null
  words_at: Date
  times: number
  told_level: string | null
}

const rowOf = (row: Stored): AlertRow => ({
  ...{ id: row.id, subject: row.subject, words: row.words, cure: row.cure, value: row.value, times: row.times },
  rule: row.rule as RuleName,
  node: row.node === '' ? null : row.node,
  state: row.state as AlertRow['state'],
  level: row.level as AlertLevel,
  toldLevel: row.told_level as AlertLevel | null,
  ...{ since: row.since, firedAt: row.fired_at, absentSince: row.absent_since, overAt: row.over_at },
  wordsAt: row.words_at,
})

async function write(client: pg.PoolClient, cluster: string, row: AlertRow): Promise<string> {
  const id = row.id ?? randomUUID()
  await client.query(
    `insert into alert (id, cluster_id, rule, node, subject, state, level, words, cure, value, since, fired_at,
       absent_since, over_at, words_at, times, told_level)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict (id) do update set state = excluded.state, level = excluded.level, words = excluded.words,
       cure = excluded.cure, value = excluded.value, since = excluded.since, fired_at = excluded.fired_at,
       absent_since = excluded.absent_since, over_at = excluded.over_at, words_at = excluded.words_at,
       times = excluded.times, told_level = excluded.told_level`,
    [
      ...[
        id,
        cluster,
        row.rule,
        row.node ?? '',
        clean(row.subject),
        row.state,
        row.level,
        clean(row.words),
        clean(row.cure),
        row.value,
      ],
      ...[row.since, row.firedAt, row.absentSince, row.overAt, row.wordsAt, row.times, row.toldLevel],
    ],
  )
  return id
}

/** To every channel whose level it reaches; that it is over, to those that were told that it had begun. */
async function queueMessages(
  client: pg.PoolClient,
  alert: string,
  level: AlertLevel,
  event: DeliveryEvent,
): Promise<boolean> {
  const { rows } = await client.query<{ id: string; least_level: AlertLevel; told: boolean }>(
    `select id, least_level, exists (
       select from alert_delivery d where d.channel_id = c.id and d.alert_id = $1 and d.event <> 'over') as told
     from alert_channel c where enabled and kind <> 'heartbeat'`,
    [alert],
  )
  const channels = rows.filter((row) => (event === 'over' ? row.told : reaches(level, row.least_level)))
  if (channels.length === 0) return false
  await client.query(
    `insert into alert_delivery (id, channel_id, alert_id, event, next_try)
     select gen_random_uuid(), channel, $2, $3, now() + make_interval(secs => $4) from unnest($1::uuid[]) channel`,
    [channels.map(({ id }) => id), alert, event, gatherSeconds],
  )
  return true
}
