/** Live series grow by what is new; nothing that is known is asked for again. */
import type { TimelineEvent } from '@bramble/cluster'
import type { QueryClient } from '@tanstack/react-query'
import { type SpanName, spans } from './range.ts'
import { grown, missing, type Selector, type SeriesAnswer } from './series-answer.ts'
import type { SeriesLoader } from './series-batch.ts'
import { loadTimeline, merged } from './timeline-answer.ts'

/** Bins of a chart: about one for two pixels, and a day each in a year. */
export const points = 366

/** Query keys: what it is, whose, of which time, and what of it. */
export type SeriesKey = readonly ['series', string, SpanName | string, readonly Selector[]]
export type TimelineKey = readonly ['timeline', string, SpanName | string]

export const isSpan = (name: string): name is SpanName => Object.hasOwn(spans, name)

/** Seconds that must pass before asking again is worth it: a bin of a day does not change its look in 5 s. */
const pace = (step: number): number => Math.min(60, step / 4)

export function growLive(client: QueryClient, cluster: string, load: SeriesLoader, now: number): void {
  for (const query of client.getQueryCache().findAll({ queryKey: ['series', cluster], type: 'active' })) {
    const [, , span, selectors] = query.queryKey as unknown as SeriesKey
    const known = query.state.data as SeriesAnswer | undefined
    if (!isSpan(span) || query.state.fetchStatus !== 'idle' || !known) continue
    if (now - known.to < pace(known.step)) continue
    void grow(client, query.queryKey as unknown as SeriesKey, selectors, known, load, now, spans[span])
  }
  for (const query of client.getQueryCache().findAll({ queryKey: ['timeline', cluster], type: 'active' })) {
    const [, , span] = query.queryKey as unknown as TimelineKey
    const known = query.state.data as TimelineEvent[] | undefined
    if (isSpan(span) && query.state.fetchStatus === 'idle' && known)
      void growTimeline(
        client,
        query.queryKey as unknown as TimelineKey,
        cluster,
        known,
        now,
        unasked(query.state.dataUpdatedAt),
      )
  }
}

const growing = new WeakSet<object>()

async function grow(
  client: QueryClient,
  key: SeriesKey,
  selectors: readonly Selector[],
  known: SeriesAnswer,
  load: SeriesLoader,
  now: number,
  span: number,
): Promise<void> {
  // A slow answer to the look before is still awaited.
  if (growing.has(known)) return
  growing.add(known)
  const window = { from: now - span, to: now }
  const ask = missing(known, now)
  const newer = now - known.to > span ? null : await load({ selectors, ...ask }).catch(() => undefined)
  // No answer: the next look tries again, from where this one did.
  if (newer === undefined) {
    growing.delete(known)
    return
  }
  const next = newer && grown(known, newer, window)
  if (next) client.setQueryData(key, next)
  else await client.invalidateQueries({ queryKey: key, exact: true })
}

/** What has not ended yet may have ended since; ten minutes back, what was entered late is found too. A tab slept longer. */
const lookBack = 600

/** Seconds since the last answer, by the browser's clock alone. */
const unasked = (updatedAt: number): number => Math.max(0, (Date.now() - updatedAt) / 1000)

async function growTimeline(
  client: QueryClient,
  key: TimelineKey,
  cluster: string,
  known: TimelineEvent[],
  now: number,
  unasked: number,
): Promise<void> {
  const open = known.filter(
    ({ until, kind }) => until === null && (kind === 'run' || kind === 'deploy' || kind === 'alert'),
  )
  const from = Math.min(now - lookBack - unasked, ...open.map(({ at }) => Date.parse(at) / 1000 - 1))
  const newer = await loadTimeline(cluster, from, now).catch(() => null)
  if (newer) client.setQueryData(key, merged(client.getQueryData<TimelineEvent[]>(key) ?? known, newer))
}
