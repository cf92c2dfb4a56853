/** Log lines of a run: append-only, numbered from 1 without a hole, read from any offset. */
import { prisma } from '../store/connection.ts'
import { isId } from '../store/ids.ts'

export interface LogLine {
  seq: number
  /** ISO time. */
  at: string
  node: string | null
  step: string | null
  /** `bramble`: Bramble's own words. */
  stream: 'stdout' | 'stderr' | 'bramble'
  text: string
}

const logPage = 500

/** Lines with a higher number than `from`, in order. At most `limit` (default 500). */
export async function readLog(input: { run: string; from: number; limit?: number }): Promise<LogLine[]> {
  if (!isId(input.run)) return []
  const rows = await prisma().logLine.findMany({
    where: { runId: input.run, seq: { gt: Math.max(0, Math.floor(input.from)) } },
    orderBy: { seq: 'asc' },
    take: input.limit ?? logPage,
  })
  return rows.map((row) => ({
    seq: row.seq,
    at: row.at.toISOString(),
    node: row.node,
    step: row.step,
    stream: row.stream as LogLine['stream'],
    text: row.text,
  }))
}
