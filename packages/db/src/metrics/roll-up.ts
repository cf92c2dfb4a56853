/** Rolling samples up: each tier from the next finer one, from where it stopped last time until now. */
import type pg from 'pg'
import { transaction } from '../store/connection.ts'
import { asKeeper, makePartitions, oldestStart } from './partitions.ts'
import { raw, rolledTiers, rowsOf, type Tier, tiers } from './tiers.ts'

/** Seconds after its end that a bin waits for ticks which are still on their way. */
const grace = 15

/**
 * Rolls up what is not yet: after an outage of Bramble all that was missed, after a late sample all from that on. Done
 * twice it changes nothing. One worker at a time; another one's call returns at once.
 */
export async function rollUp(now = new Date()): Promise<void> {
  await asKeeper(async () => {
    for (const tier of rolledTiers) while (await rollOn(tier, now));
  })
}

/** Rolls up one partition's length of the finer tier. Returns whether there may be more. */
async function rollOn(tier: Tier, now: Date): Promise<boolean> {
  const finer = tiers[tiers.indexOf(tier) - 1]!
  return transaction(async (client) => {
    const from = await startOf(client, tier, finer)
    if (from === null) return false
    const ready = await readyUntil(client, tier, finer, now)
    const to = Math.min(ready, (Math.floor(from / finer.window) + 1) * finer.window)
    if (to <= from) return false
    await makePartitions(client, tier, [new Date(from * 1000), new Date((to - 1) * 1000)])
    await client.query(statement(tier, finer), [tier.seconds, from, to])
    await client.query(
      `insert into history.rolled (tier, seconds, until) values ($1, $2, to_timestamp($3))
       on conflict (tier) do update set until = excluded.until`,
      [tier.name, tier.seconds, to],
    )
    return to < ready
  })
}

/** Epoch seconds from where on it is to be rolled up: where it stopped, or the oldest finer sample. Null: there are none. */
async function startOf(client: pg.ClientBase, tier: Tier, finer: Tier): Promise<number | null> {
  const oldest = await oldestStart(client, finer)
  if (oldest === null) return null
  // Holds the mark: a late sample that comes meanwhile waits and then sets it back.
  const mark = await markOf(client, tier, 'for update')
  // Not before the oldest: what is left of a bin whose finer samples are dropped already would replace the whole.
  return Math.max(mark ?? 0, Math.ceil(oldest.getTime() / 1000 / tier.seconds) * tier.seconds)
}

/** Epoch seconds up to where the finer samples are complete. */
async function readyUntil(client: pg.ClientBase, tier: Tier, finer: Tier, now: Date): Promise<number> {
  const complete = finer === raw ? now.getTime() / 1000 - grace : ((await markOf(client, finer)) ?? 0)
  return Math.floor(complete / tier.seconds) * tier.seconds
}

async function markOf(client: pg.ClientBase, tier: Tier, lock = ''): Promise<number | null> {
  const { rows } = await client.query<{ until: number }>(
    `select extract(epoch from until)::float8 as until from history.rolled where tier = $1 ${lock}`,
    [tier.name],
  )
  return rows[0]?.until ?? null
}

/** An average weighs as many samples as it is of; a measure that was missing at times weighs as much as the others. */
function statement(tier: Tier, finer: Tier): string {
  return `insert into ${tier.table} (at, subject, count, average, highest)
    select bin, subject, max(count), array_agg(average order by place), array_agg(highest order by place)
    from (
      select date_bin(make_interval(secs => $1), at, 'epoch') as bin, subject, place, sum(count)::int as count,
        (sum(measure.average::float8 * count) / sum(count) filter (where measure.average is not null))::real as average,
        max(measure.highest) as highest
      from (${rowsOf(finer)}) as sample,
        unnest(sample.average, sample.highest) with ordinality as measure (average, highest, place)
      where at >= to_timestamp($2) and at < to_timestamp($3)
      group by 1, 2, 3) as figure
    group by bin, subject
    on conflict (subject, at) do update
    set count = excluded.count, average = excluded.average, highest = excluded.highest`
}
