/** From which backup a moment is restored. Pure. */
import type { BackupRecord } from './record.ts'

/** A restore that was done: what was written between `to` and `at` lies on a branch of its own since then. */
export interface PastRestore {
  /** ISO time when it was asked for. */
  at: string
  /** ISO time to which it went back; null: to the newest state. */
  to: string | null
  /** The timeline that it left. */
  fromTimeline: number
  /** Name of the cluster whose data came in; null: its own. */
  source?: string | null
}

type RestoreTarget =
  | { label: string /** The branch of history that the moment lies on. */; timeline: string }
  | { refused: 'no-backup' | 'too-early' }

/** `moment` null: the newest state. */
export function restoreTarget(
  backups: readonly BackupRecord[],
  restores: readonly PastRestore[],
  moment: Date | null,
): RestoreTarget {
  if (backups.length === 0) return { refused: 'no-backup' }
  const wanted = moment?.getTime() ?? Number.POSITIVE_INFINITY
  const before = restores.filter(({ at }) => Date.parse(at) < wanted)
  const left = (ended: number) =>
    before.some(({ at, to, source }) => ended <= Date.parse(at) && (source || (to !== null && ended > Date.parse(to))))
  // The second in which it ended may hold writes that came before its end.
  const usable = backups.filter(({ endedAt }) => Date.parse(endedAt) < wanted && !left(Date.parse(endedAt)))
  const newest = usable.at(-1)
  if (!newest) return { refused: 'too-early' }
  const next = restores
    .filter(({ at }) => Date.parse(at) >= wanted)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))[0]
  return { label: newest.label, timeline: next ? String(next.fromTimeline) : 'latest' }
}
