/** The lines of a log that is followed: in the order of time, so many at most, and those that are looked for. Pure. */
import type { AppLogLine } from '@bramble/cluster'

export interface NumberedLine extends AppLogLine {
  /** Unique while the log is followed. */
  number: number
}

export const mostLines = 2_000

/** Nodes answer one after the other: what came is put in the place of its time. */
export function withLines(known: readonly NumberedLine[], come: readonly AppLogLine[]): NumberedLine[] {
  const next = known.reduce((highest, { number }) => Math.max(highest, number), 0) + 1
  const all = [...known, ...come.map((line, at) => ({ ...line, number: next + at }))]
  return all.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.number - b.number)).slice(-mostLines)
}

export interface Wanted {
  search: string
  /** Empty: all. */
  process: string
  node: string
}

export function matching(lines: readonly NumberedLine[], { search, process, node }: Wanted): NumberedLine[] {
  const text = search.trim().toLowerCase()
  return lines.filter(
    (line) =>
      (process === '' || line.process === process) &&
      (node === '' || line.node === node) &&
      (text === '' || line.text.toLowerCase().includes(text)),
  )
}

export const choices = (lines: readonly NumberedLine[], of: 'process' | 'node'): string[] =>
  [...new Set(lines.map((line) => line[of]))].filter(Boolean).sort()
