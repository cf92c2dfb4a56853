/** A year of samples written straight into the tiers, by the database itself. */
import { metricNames, type Subject, type SubjectKind } from '@bramble/cluster'
import { ensurePartitions } from '../src/metrics/partitions.ts'
import { raw, rolledTiers, type Tier, tiers } from '../src/metrics/tiers.ts'
import { pool } from '../src/store/connection.ts'
import { shapeOf } from './shapes.ts'

const day = 86_400
const tick = 5

export interface Away {
  node: string
  /** Epoch seconds. */
  from: number
  to: number
}

/** Fills all tiers of these subjects up to `now` (epoch seconds). Where there is a sample already it stays. */
export async function makeUp(input: {
  cluster: string
  subjects: readonly Subject[]
  now: number
  days: number
  away: readonly Away[]
  tell: (words: string) => void
}): Promise<void> {
  const { rows: subjects } = await pool().query<Subject & { id: number }>(
    `insert into watch_subject (cluster_id, kind, node, name)
     select $1, * from unnest($2::text[], $3::text[], $4::text[])
     on conflict (cluster_id, kind, node, name) do update set name = excluded.name returning id, kind, node, name`,
    [input.cluster, ...(['kind', 'node', 'name'] as const).map((key) => input.subjects.map((subject) => subject[key]))],
  )
  for (const tier of tiers) {
    const seconds = tier === raw ? tick : tier.seconds
    const to = Math.floor(input.now / seconds) * seconds
    const reach = tier === raw ? Math.min(2, input.days) : tier.seconds < 3600 ? input.days : 365
    const first = Math.ceil((input.now - reach * day) / seconds) * seconds
    const started = Date.now()
    let made = 0
    for (let from = first; from < to; from += tier.window) {
      const until = Math.min(to, from + tier.window)
      await ensurePartitions(tier, [new Date(from * 1000), new Date((until - 1) * 1000)])
      const { rowCount } = await pool().query(statement(tier, subjects), [
        ...[from, until - seconds, seconds, subjects.map(({ id }) => id), subjects.map(({ kind }) => kind)],
        ...[subjects.map(({ node }) => node), input.away.map(({ node }) => node)],
        ...[input.away.map((away) => away.from), input.away.map((away) => away.to)],
      ])
      made += rowCount ?? 0
    }
    input.tell(`${tier.name}: ${made} rows in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  }
  for (const tier of rolledTiers)
    await pool().query(
      `insert into history.rolled (tier, seconds, until) values ($1, $2, to_timestamp($3))
       on conflict (tier) do update set until = greatest(rolled.until, excluded.until)`,
      [tier.name, tier.seconds, Math.floor(input.now / tier.seconds) * tier.seconds],
    )
}

/** In the order in which they come in life: all subjects of one time, then the next. */
function statement(tier: Tier, subjects: readonly Subject[]): string {
  const kinds = [...new Set(subjects.map(({ kind }) => kind))]
  const array = (wave: string) =>
    `case kind ${kinds.map((kind) => `when '${kind}' then ${figures(kind, wave)}`).join(' ')} end`
  const columns = tier === raw ? 'at, subject, measured' : 'at, subject, count, average, highest'
  const filled = tier === raw ? array('w') : `${Math.round(tier.seconds / tick)}, ${array('w')}, ${array('h')}`
  const clamped = (words: string) => `least(1, greatest(0, ${words}))`
  const waves = noisyWaves.flatMap((wave, at) => [
    `${clamped(wave)} as w${at}`,
    `${clamped(`${wave} + 0.2`)} as h${at}`,
  ])
  // `offset 0` keeps the waves from being worked out anew for every figure.
  return `insert into ${tier.table} (${columns})
    select to_timestamp(t), subject, ${filled}
    from generate_series($1::bigint, $2::bigint, $3::bigint) as t,
      unnest($4::int[], $5::text[], $6::text[]) as given (subject, kind, node),
      lateral (select random() * 0.1 - 0.05 as noise,
        0.3 + 0.2 * sin((t / ${day}.0 + subject * 0.05)::float8 * 6.2832)
          + 0.12 * sin(t::float8 / (1500 + subject * 37)) as slow,
        0.9 * power((hashint4((t / 900)::int * 31 + subject) & 255)::float8 / 255, 5) as burst offset 0) as base,
      lateral (select ${waves.join(', ')} offset 0) as wave
    where not exists (
      select from unnest($7::text[], $8::float8[], $9::float8[]) as away (name, since, until)
      where name = node and t >= since and t < until)
    on conflict do nothing`
}

/** One follows the day, the next the bursts, the third both; and each with the noise turned. */
const noisyWaves = [
  'slow + noise',
  '0.1 + burst + noise',
  'slow + burst + noise',
  'slow - noise',
  '0.15 + burst - noise',
]

/** Measures beside each other take different waves. */
function figures(kind: SubjectKind, wave: string): string {
  const expressions = metricNames(kind).map((metric, place) => {
    const [low, high] = shapeOf(kind, metric)
    return low === high ? String(low) : `${low} + ${high - low} * ${wave}${place % noisyWaves.length}`
  })
  return `array[${expressions.join(', ')}]::real[]`
}
