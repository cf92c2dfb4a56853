/** Series as /api/clusters/[cluster]/series answers, and how a live one grows. Pure; times are seconds since 1970. */
import type { SubjectKind, Unit } from '@bramble/cluster'

/** One measure of one subject; `*` as node or name is every one that the cluster has. */
export interface Selector {
  kind: SubjectKind
  node: string
  name: string
  metric: string
}

export interface Series extends Selector {
  unit: Unit
  /** One a bin; null: not measured. */
  average: (number | null)[]
  highest: (number | null)[]
}

export interface SeriesAnswer {
  from: number
  to: number
  /** Seconds of a bin. */
  step: number
  /** Starts of the bins. */
  times: number[]
  series: Series[]
}

export const selectorKey = ({ kind, node, name, metric }: Selector): string => `${kind}:${node}:${name}:${metric}`

/** True: this series is one of those that the selector asks for. */
function selects(selector: Selector, series: Selector): boolean {
  return (
    selector.kind === series.kind &&
    selector.metric === series.metric &&
    (selector.node === '*' || selector.node === series.node) &&
    (selector.name === '*' || selector.name === series.name)
  )
}

/** Of an answer to many, what these selectors asked for, in their order. */
export function picked(answer: SeriesAnswer, selectors: readonly Selector[]): SeriesAnswer {
  const series = selectors.flatMap((selector) => answer.series.filter((entry) => selects(selector, entry)))
  return { ...answer, series: [...new Set(series)] }
}

/** What to ask for so that a live answer grows: whole bins from the last known one on, which may have been half full. */
export function missing(known: SeriesAnswer, now: number): { from: number; to: number; points: number } {
  const last = known.times.at(-1) ?? known.from
  const from = Math.min(last, Math.floor(now / known.step) * known.step - known.step)
  const to = Math.ceil(now / known.step) * known.step
  return { from, to, points: Math.max(1, Math.round((to - from) / known.step)) }
}

/**
 * The known bins with the newer ones after them, cut to the window. Null when they do not fit together (another bin
 * width, or a hole between them): then all is to be asked for again.
 */
export function grown(
  known: SeriesAnswer,
  newer: SeriesAnswer,
  window: { from: number; to: number },
): SeriesAnswer | null {
  if (newer.step !== known.step || newer.times.length === 0) return null
  const start = newer.times[0]!
  const last = known.times.at(-1)
  if (last !== undefined && start > last + known.step) return null
  const kept = known.times.flatMap((time, at) => (time < start && time > window.from - known.step ? [at] : []))
  const added = newer.times.flatMap((time, at) => (time > window.from - known.step && time <= window.to ? [at] : []))
  const keys = new Map<string, [Series | undefined, Series | undefined]>()
  for (const entry of known.series) keys.set(selectorKey(entry), [entry, undefined])
  for (const entry of newer.series) keys.set(selectorKey(entry), [keys.get(selectorKey(entry))?.[0], entry])
  const joined = (a: (number | null)[] | undefined, b: (number | null)[] | undefined) => [
    ...kept.map((at) => a?.[at] ?? null),
    ...added.map((at) => b?.[at] ?? null),
  ]
  return {
    ...window,
    step: known.step,
    times: [...kept.map((at) => known.times[at]!), ...added.map((at) => newer.times[at]!)],
    series: [...keys.values()].map(([a, b]) => ({
      ...(b ?? a!),
      average: joined(a?.average, b?.average),
      highest: joined(a?.highest, b?.highest),
    })),
  }
}
