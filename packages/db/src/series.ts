/** Measures over time, as a chart draws them: bins of one length, average and highest of each. */
import { metricNames, SubjectKind, type Unit, unitOf } from '@bramble/cluster'
import { z } from 'zod'
import { pool } from './connection.ts'
import { Refusal } from './refusal.ts'
import { subjectsOf } from './subjects.ts'
import { type Resolution, raw, resolutionFor, rowsOf, type Tier, tiers } from './tiers.ts'
import { findCluster } from './watch.ts'

/** `*` at the end of node or name stands for anything: `*` for all there are, `web/*` for the servers of the backend web. */
export interface SeriesAsked {
  kind: SubjectKind
  /** Empty for the cluster itself. */
  node: string
  /** Empty where there is one a node. */
  name: string
  metric: string
}

export interface Series extends SeriesAsked {
  unit: Unit
  /** One place a bin; null: nothing was measured then. */
  average: (number | null)[]
  highest: (number | null)[]
}

export interface SeriesAnswer {
  /** Epoch seconds, as asked. */
  from: number
  to: number
  /** Seconds of a bin. */
  step: number
  /** Epoch seconds at which the bins start: whole multiples of `step`. */
  times: number[]
  /** In the order of the question; what a `*` stands for by node and name. */
  series: Series[]
}

/** Series that one `*` may stand for: more are no chart. One question may bring the series of several charts. */
const starCap = 64
const askedCap = 64
const seriesCap = 512
const defaultPoints = 360

const Asked = z.object({
  series: z
    .array(
      z
        .object({ kind: SubjectKind, node: z.string().max(64), name: z.string().max(256), metric: z.string().max(64) })
        .refine(({ kind, metric }) => unitOf(kind, metric) !== undefined, {
          error: ({ input }) => {
            const { kind, metric } = input as SeriesAsked
            return `${kind} has no measure ${metric}, only ${metricNames(kind).join(', ')}`
          },
        }),
    )
    .min(1, 'ask for one series at least')
    .max(askedCap, `ask for ${askedCap} series at most`),
  points: z.int().min(1).max(2_000).default(defaultPoints),
})

const Range = z
  .object({ from: z.date(), to: z.date() })
  .refine(({ from, to }) => from < to, 'from must be before to')
  .refine(({ from }) => from.getTime() >= 0, 'from must be after 1970')

/**
 * A bin without samples is null on purpose: a gap. The newest bins are live: what is not rolled up yet is completed from
 * finer samples. A series that a `*` stands for is left out when it has nothing to show and its node has left the cluster,
 * or when it is one of many of its node. `points`: at most about so many bins (default 360).
 * Refusal `cluster-unknown`, `series-invalid`, `range-invalid`, `too-many-series`.
 */
export async function readSeries(input: {
  /** Name or id. */
  cluster: string
  series: readonly SeriesAsked[]
  from: Date
  to: Date
  points?: number | undefined
}): Promise<SeriesAnswer> {
  const asked = Asked.safeParse({ series: input.series, points: input.points })
  if (!asked.success) throw invalid('series-invalid', asked.error, 'Ask for measures that Bramble takes.')
  const range = Range.safeParse({ from: input.from, to: input.to })
  if (!range.success) throw invalid('range-invalid', range.error, 'Choose another range.')
  const { id } = await findCluster(input.cluster)
  const wanted = await resolve(id, asked.data.series)

  const from = seconds(range.data.from)
  const to = seconds(range.data.to)
  const resolution = resolutionFor(from, to, asked.data.points, Date.now() / 1000)
  const { step } = resolution
  const start = Math.floor(from / step) * step
  const times = Array.from({ length: Math.ceil((to - start) / step) }, (_, at) => start + at * step)
  const empty = () => times.map(() => null as number | null)
  const series = wanted.map(({ subject: _, optional: __, ...one }) => ({
    ...one,
    unit: unitOf(one.kind, one.metric)!,
    average: empty(),
    highest: empty(),
  }))
  for (const { place, time, average, highest } of await bins(wanted, resolution, start, times.length)) {
    const into = series[place - 1]!
    const at = (time - start) / step
    into.average[at] = average
    into.highest[at] = highest
  }
  const filled = series.filter((one, at) => !wanted[at]!.optional || one.average.some((value) => value !== null))
  return { from, to, step, times, series: filled }
}

const seconds = (date: Date) => date.getTime() / 1000

function invalid(code: string, error: z.ZodError, cure: string): Refusal {
  const words = error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim())
  return new Refusal(code, `${words.join('; ')}.`, cure)
}

interface Wanted extends SeriesAsked {
  /** Null: nobody has measured it yet. */
  subject: number | null
  /** Left out when it is empty. */
  optional: boolean
}

async function resolve(cluster: string, asked: readonly SeriesAsked[]): Promise<Wanted[]> {
  const known = await subjectsOf(cluster)
  const wanted = asked.flatMap((one): Wanted[] => {
    const found = known.filter(
      ({ kind, node, name }) => kind === one.kind && matches(one.node, node) && matches(one.name, name),
    )
    if (found.length > starCap) throw tooMany(found.length, starCap)
    if (one.node.endsWith('*') || one.name.endsWith('*'))
      return found.map(({ id, node, name, present }) => {
        return { ...one, node, name, subject: id, optional: !present || name !== '' }
      })
    return [{ ...one, subject: found[0]?.id ?? null, optional: false }]
  })
  if (wanted.length > seriesCap) throw tooMany(wanted.length, seriesCap)
  return wanted
}

function tooMany(count: number, cap: number): Refusal {
  return new Refusal(
    'too-many-series',
    `These are ${count} series; ${cap} at most are drawn.`,
    'Name the node, or the frontend, backend or server.',
  )
}

function matches(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
}

interface Bin {
  /** Of the series, from 1. */
  place: number
  /** Epoch seconds. */
  time: number
  average: number | null
  highest: number | null
}

async function bins(wanted: readonly Wanted[], resolution: Resolution, start: number, count: number): Promise<Bin[]> {
  const { tier, step } = resolution
  const { rows } = await pool().query<Bin>(
    `with wanted as (
       select * from unnest($1::int[], $2::int[]) with ordinality as wanted (subject, metric, place)),
     sample as (${parts(tier)})
     select place::int, extract(epoch from time)::float8 as time, average, highest from (
       select place, date_bin(make_interval(secs => $3), at, 'epoch') as time,
         (sum(average[metric]::float8 * count) / sum(count) filter (where average[metric] is not null))::real as average,
         max(highest[metric]) as highest
       from sample join wanted using (subject) group by 1, 2) as bin
     where average is not null`,
    [
      wanted.map(({ subject }) => subject),
      wanted.map(({ kind, metric }) => metricNames(kind).indexOf(metric) + 1),
      step,
      start,
      start + count * step,
    ],
  )
  return rows
}

/** The samples of a tier as far as it is rolled up, then those of the next finer one, down to the raw ones. */
function parts(tier: Tier): string {
  const coarsest = tiers.indexOf(tier)
  return tiers
    .slice(0, coarsest + 1)
    .map((part, at) => {
      const bounds = [
        'subject = any($1)',
        'at >= to_timestamp($4)',
        'at < to_timestamp($5)',
        ...(part === raw ? [] : [`at < ${rolledUntil(part)}`]),
        ...tiers.slice(at + 1, coarsest + 1).map((coarser) => `at >= ${rolledUntil(coarser)}`),
      ]
      return `select * from (${rowsOf(part)}) as ${part.name} where ${bounds.join(' and ')}`
    })
    .join(' union all ')
}

const rolledUntil = ({ name }: Tier) =>
  `coalesce((select until from history.rolled where tier = '${name}'), '-infinity'::timestamptz)`
