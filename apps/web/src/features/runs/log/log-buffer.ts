/** The log as the page keeps it: in order, each line once, however often the stream is taken up again. Pure. */
import type { LogLine } from '@/features/runs/view.ts'

export interface LogBuffer {
  readonly lines: readonly LogLine[]
  /** Sequence number of the newest line; 0 when empty. */
  readonly last: number
}

export const emptyLog: LogBuffer = { lines: [], last: 0 }

/** Adds lines in rising order; what is already there is left out. Returns the same buffer when nothing is new. */
export function append(buffer: LogBuffer, lines: readonly LogLine[]): LogBuffer {
  const fresh: LogLine[] = []
  let last = buffer.last
  for (const line of lines)
    if (line.seq > last) {
      fresh.push(line)
      last = line.seq
    }
  return fresh.length === 0 ? buffer : { lines: [...buffer.lines, ...fresh], last }
}

/** Which rows of a list of equal heights are to be drawn, with some above and below to spare. */
export function visibleRange(
  scrollTop: number,
  viewport: number,
  rowHeight: number,
  count: number,
  spare = 20,
): { from: number; to: number } {
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - spare)
  const to = Math.min(count, Math.ceil((scrollTop + viewport) / rowHeight) + spare)
  return { from: Math.min(from, to), to }
}

/** Where a step's first, or a failed step's last, line stands. Null: the log has none. */
export function lineOfStep(
  lines: readonly LogLine[],
  node: string,
  step: string,
  which: 'first' | 'last',
): number | null {
  const found =
    which === 'first'
      ? lines.find((line) => line.node === node && line.step === step)
      : lines.findLast((line) => line.node === node && line.step === step)
  return found?.seq ?? null
}

/** The log as text, one line each: time, node, text. */
export function asText(lines: readonly LogLine[]): string {
  return lines.map((line) => `${line.at}\t${line.node ?? '-'}\t${line.text}\n`).join('')
}

/** The log as JSON Lines: each line an object with seq, at, node, step, stream and text. */
export function asJsonLines(lines: readonly LogLine[]): string {
  return lines
    .map(({ seq, at, node, step, stream, text }) => `${JSON.stringify({ seq, at, node, step, stream, text })}\n`)
    .join('')
}
