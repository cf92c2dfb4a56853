/** Measures over time, as a chart draws them: bins of one length, average and highest of each. */
import { metricNames, SubjectKind, type Unit, unitOf } from '@bramble/cluster'
import { z } from 'zod'
import { pool } from '../store/connection.ts'
import { findCluster } from '../store/ids.ts'
import { Refusal } from '../store/refusal.ts'
import { subjectsOf } from './subjects.ts'
import { type Resolution, raw, resolutionFor, rowsOf, type Tier, tiers } from './tiers.ts'

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
  const bins = await binsOf(wanted, resolution, start, start + times.length * step)
  const series = wanted.flatMap(({ subject, optional, ...one }): Series[] => {
    const figures = bins.get(`${subject} ${one.metric}`)
    if (optional && !figures?.average.some((value) => value !== null)) return []
    return [{ ...one, unit: unitOf(one.kind, one.metric)!, ...spread(figures, times.length) }]
  })
  return { from, to, step, times, series }
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

interface Bins {
  /** Places of the bins that hold samples, from 0; in no order. */
  places: number[]
  average: (number | null)[]
  highest: (number | null)[]
}

function spread(bins: Bins | undefined, length: number): Pick<Series, 'average' | 'highest'> {
  const average = new Array<number | null>(length).fill(null)
  const highest = new Array<number | null>(length).fill(null)
  for (const [at, place] of bins?.places.entries() ?? []) {
    average[place] = bins!.average[at]!
    highest[place] = bins!.highest[at]!
  }
  return { average, highest }
}

/** By subject and measure. A kind is one query: its rows are read once, however many of their measures are asked for. */
async function binsOf(wanted: readonly Wanted[], { tier, step }: Resolution, start: number, end: number) {
  const sources = await sourcesOf(tier, start, end)
  const found = new Map<string, Bins>()
  const kinds = [...new Set(wanted.map(({ kind }) => kind))]
  await Promise.all(
    kinds.map(async (kind) => {
      const those = wanted.filter((one) => one.kind === kind && one.subject !== null)
      const measures = [...new Set(those.map(({ metric }) => metric))]
      if (measures.length === 0) return
      const { rows } = await pool().query<{ subject: number; places: number[]; figures: (number | null)[][] }>(
        statement(kind, measures, sources),
        [
          ...[[...new Set(those.map(({ subject }) => subject))], step, start],
          ...sources.flatMap(({ from, to }) => [from, to]),
        ],
      )
      for (const { subject, places, figures } of rows)
        for (const [at, metric] of measures.entries())
          found.set(`${subject} ${metric}`, { places, average: figures[2 * at]!, highest: figures[2 * at + 1]! })
    }),
  )
  return found
}

/** A row a subject. `places` counts bins from the start; `figures` holds average and highest of each measure in turn. */
function statement(kind: SubjectKind, measures: readonly string[], sources: readonly Source[]): string {
  const samples = sources.map(
    ({ tier }, at) => `select * from (${rowsOf(tier)}) as ${tier.name}
      where subject = any($1) and at >= to_timestamp($${4 + 2 * at}) and at < to_timestamp($${5 + 2 * at})`,
  )
  const columns = measures.map((metric, at) => {
    // A place in the list of the kind, so a number and nothing that came from outside.
    const place = metricNames(kind).indexOf(metric) + 1
    return `(sum(average[${place}]::float8 * count) / sum(count) filter (where average[${place}] is not null))::real as a${at},
      max(highest[${place}]) as h${at}`
  })
  return `select subject, json_agg((date_part('epoch', time) - $3::float8) / $2::float8) as places,
      json_build_array(${measures.map((_, at) => `json_agg(a${at}), json_agg(h${at})`).join(', ')}) as figures
    from (
      select subject, date_bin(make_interval(secs => $2::float8), at, 'epoch') as time, ${columns.join(', ')}
      from (${samples.join(' union all ')}) as sample group by 1, 2) as bin
    group by 1`
}

interface Source {
  tier: Tier
  /** Epoch seconds. */
  from: number
  to: number
}

/** A tier as far as it is rolled up, then the next finer one, down to the raw samples. */
async function sourcesOf(coarsest: Tier, from: number, to: number): Promise<Source[]> {
  const { rows } = await pool().query<{ tier: string; until: number }>(
    'select tier, extract(epoch from until)::float8 as until from history.rolled',
  )
  const marks = new Map(rows.map(({ tier, until }) => [tier, until]))
  const sources: Source[] = []
  let done = from
  for (const tier of tiers.slice(0, tiers.indexOf(coarsest) + 1).reverse()) {
    const until = tier === raw ? to : Math.min(to, marks.get(tier.name) ?? 0)
    if (until <= done) continue
    sources.push({ tier, from: done, to: until })
    done = until
  }
  return sources
}
