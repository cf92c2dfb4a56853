/** Asks for many charts at once: what is wanted for the same time within a moment travels as one request. */
import { picked, type Selector, type SeriesAnswer, selectorKey } from './series-answer.ts'

export interface SeriesRequest {
  selectors: readonly Selector[]
  from: number
  to: number
  points: number
}

interface Waiting extends SeriesRequest {
  resolve: (answer: SeriesAnswer) => void
  reject: (error: unknown) => void
}

/** Series of a request; the server answers at most 64. */
const most = 60
/** Milliseconds in which charts that mount together come together. */
const gather = 12

/** An answer that says what is wrong and what to do. */
class SeriesTrouble extends Error {
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.name = 'SeriesTrouble'
    this.status = status
  }
}

export type SeriesLoader = (request: SeriesRequest) => Promise<SeriesAnswer>

export function seriesLoader(cluster: string): SeriesLoader {
  let waiting: Waiting[] = []
  const flush = () => {
    const groups = new Map<string, Waiting[]>()
    for (const entry of waiting) {
      const time = `${entry.from} ${entry.to} ${entry.points}`
      groups.set(time, [...(groups.get(time) ?? []), entry])
    }
    waiting = []
    for (const group of groups.values()) for (const load of loads(group)) void answer(cluster, load)
  }
  return (request) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setTimeout(flush, gather)
      waiting.push({ ...request, resolve, reject })
    })
}

/** Parted so that none asks for more series than one request may; a single chart's are never parted. */
function loads(group: readonly Waiting[]): Waiting[][] {
  const parts: { waiting: Waiting[]; wanted: Set<string> }[] = []
  for (const entry of group) {
    const keys = entry.selectors.map(selectorKey)
    const fits = parts.find(({ wanted }) => new Set([...wanted, ...keys]).size <= most)
    if (fits) {
      fits.waiting.push(entry)
      for (const key of keys) fits.wanted.add(key)
    } else parts.push({ waiting: [entry], wanted: new Set(keys) })
  }
  return parts.map((part) => part.waiting)
}

async function answer(cluster: string, group: readonly Waiting[]): Promise<void> {
  const { from, to, points } = group[0]!
  const wanted = new Set(group.flatMap(({ selectors }) => selectors.map(selectorKey)))
  const query = new URLSearchParams({ from: String(from), to: String(to), points: String(points) })
  for (const key of [...wanted].sort()) query.append('s', key)
  try {
    const response = await fetch(`/api/clusters/${encodeURIComponent(cluster)}/series?${query}`)
    const body = await response.json().catch(() => null)
    if (!response.ok) throw new SeriesTrouble(body?.message ?? `HTTP ${response.status}`, response.status)
    for (const { selectors, resolve } of group) resolve(picked(body, selectors))
  } catch (error) {
    for (const { reject } of group) reject(error)
  }
}
