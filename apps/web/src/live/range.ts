/** The time that a page's charts show, as it stands in the address. Pure; times are seconds since 1970. */

export const spans = {
  '15m': 900,
  '1h': 3600,
  '6h': 21_600,
  '1d': 86_400,
  '7d': 604_800,
  '30d': 2_592_000,
  '1y': 31_536_000,
} as const
export type SpanName = keyof typeof spans
export const spanNames = Object.keys(spans) as SpanName[]

/** `live` ends now and goes on; the other one stands still. */
export type Range = { live: SpanName } | { from: number; to: number }

export interface Window {
  from: number
  to: number
}

/** Seconds: below it, a zoom would show less than a dozen looks. */
const shortest = 60
const fallback: SpanName = '1h'

/** `?range=6h` or `?from=&to=`; what makes no sense is the default. */
export function rangeOf(params: { get(name: string): string | null }): Range {
  const from = whole(params.get('from'))
  const to = whole(params.get('to'))
  if (from !== null && to !== null && to > from) return { from, to }
  const asked = params.get('range')
  return { live: spanNames.find((name) => name === asked) ?? fallback }
}

/** The same parameters with this range in them; all others stay. */
export function withRange(params: URLSearchParams, range: Range): URLSearchParams {
  const next = new URLSearchParams(params)
  for (const name of ['range', 'from', 'to']) next.delete(name)
  if ('live' in range) {
    if (range.live !== fallback) next.set('range', range.live)
  } else {
    next.set('from', String(Math.floor(range.from)))
    next.set('to', String(Math.ceil(range.to)))
  }
  return next
}

export function windowOf(range: Range, now: number): Window {
  return 'live' in range ? { from: now - spans[range.live], to: now } : { from: range.from, to: range.to }
}

/** What a drag over the chart chose; a slip of the hand is widened to a minute. */
export function zoomed(a: number, b: number): Range {
  const from = Math.min(a, b)
  const to = Math.max(a, b)
  const missing = Math.max(0, shortest - (to - from)) / 2
  return { from: Math.floor(from - missing), to: Math.ceil(to + missing) }
}

/** By half a window back or forth; never past now: there it goes on live when the span has a name. */
export function stepped(range: Range, direction: -1 | 1, now: number): Range {
  const { from, to } = windowOf(range, now)
  const span = to - from
  const end = to + (direction * span) / 2
  if (end < now) return { from: Math.round(end - span), to: Math.round(end) }
  return resumed({ from, to })
}

/** Live again, with the named span that is nearest to what was shown. */
export function resumed({ from, to }: Window): Range {
  const wanted = Math.log(to - from)
  const distance = (name: SpanName) => Math.abs(Math.log(spans[name]) - wanted)
  return { live: spanNames.reduce((best, name) => (distance(name) < distance(best) ? name : best)) }
}

/** Twice as wide around the same middle, ending now at the latest. */
export function widened({ from, to }: Window, now: number): Range {
  const span = to - from
  const end = Math.min(now, to + span / 2)
  return { from: Math.round(end - 2 * span), to: Math.round(end) }
}

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,11}$/.test(text) ? Number(text) : null
}
