/** Finding in a log that grows: which lines match, the next one, the parts of a line to mark, a time of day. Pure. */
import type { LogLine } from '@/features/runs/view.ts'

export type StreamChoice = 'all' | 'bramble' | 'stdout' | 'stderr'

export interface LineFilter {
  /** Null: every node. Lines about no node, the run's own, are always there. */
  node: string | null
  stream: StreamChoice
}

export const everyLine: LineFilter = { node: null, stream: 'all' }

function passes(line: Pick<LogLine, 'node' | 'stream'>, { node, stream }: LineFilter): boolean {
  return (node === null || line.node === node || line.node === null) && (stream === 'all' || line.stream === stream)
}

/** Lines that pass a filter and hold a text; taken up again where it ended when the log only grew. */
export interface Sieve {
  source: readonly LogLine[]
  filter: LineFilter
  needle: string
  lines: readonly LogLine[]
  /** Places in `lines` of those that hold the needle; none when there is no needle. */
  matches: readonly number[]
}

/** `needle` in lower case. The same object when nothing changed. */
export function sift(source: readonly LogLine[], filter: LineFilter, needle: string, before: Sieve | null): Sieve {
  const same = before && before.needle === needle && before.filter === filter && grew(before.source, source)
  if (same && before.source.length === source.length) return before
  const fresh = same ? source.slice(before.source.length) : source
  const passed = filter === everyLine ? fresh : fresh.filter((line) => passes(line, filter))
  const start = same ? before.lines.length : 0
  const found: number[] = []
  if (needle)
    for (const [at, line] of passed.entries()) if (line.text.toLowerCase().includes(needle)) found.push(start + at)
  return {
    ...{ source, filter, needle },
    lines: same ? (passed.length === 0 ? before.lines : [...before.lines, ...passed]) : passed,
    matches: same ? (found.length === 0 ? before.matches : [...before.matches, ...found]) : found,
  }
}

/** A log is only ever added to: its first and its last line then say that all is there. */
function grew(before: readonly LogLine[], now: readonly LogLine[]): boolean {
  const last = before.at(-1)
  return before.length <= now.length && (!last || now[before.length - 1]?.seq === last.seq)
}

/** Which of the rising `places` comes after (or before) `from`, round the end; null when there is none. */
export function step(places: readonly number[], from: number, direction: 1 | -1): number | null {
  if (places.length === 0) return null
  const next = direction === 1 ? places.find((at) => at > from) : places.findLast((at) => at < from)
  return next ?? places.at(direction === 1 ? 0 : -1) ?? null
}

/** A text cut so that every second part is one that matches. `needle` in lower case. */
export function cut(text: string, needle: string): string[] {
  if (!needle) return [text]
  const lower = text.toLowerCase()
  // Lower case may be longer in a few scripts: then places in the one are not places in the other.
  if (lower.length !== text.length) return [text]
  const parts: string[] = []
  let from = 0
  for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + needle.length))
    from = at + needle.length
  }
  parts.push(text.slice(from))
  return parts
}

/**
 * Place of the first line at or after a time of day (`HH:MM` or `HH:MM:SS`, where the reader is). A run over midnight:
 * a time before that of its first line is the next day's. The last line when all are earlier; null for an empty log.
 */
export function lineAt(lines: readonly LogLine[], clock: string): number | null {
  const [hour, minute, second = 0] = clock.split(':').map(Number)
  const first = lines[0]
  if (!first || hour === undefined || minute === undefined || Number.isNaN(hour + minute + second)) return null
  const wanted = new Date(first.at)
  wanted.setHours(hour, minute, second, 0)
  // The first line carries parts of a second.
  if (wanted.getTime() < Math.floor(Date.parse(first.at) / 1000) * 1000) wanted.setDate(wanted.getDate() + 1)
  const until = wanted.getTime()
  let [low, high] = [0, lines.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (Date.parse(lines[middle]!.at) < until) low = middle + 1
    else high = middle
  }
  return low
}

/** `#L123` in an address; null: none. */
export function lineOfHash(hash: string): number | null {
  const found = /^#L([1-9]\d{0,8})$/.exec(hash)
  return found ? Number(found[1]) : null
}
