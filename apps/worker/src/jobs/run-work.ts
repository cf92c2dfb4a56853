import type { ClaimedRun } from '@bramble/db/runs'
import type { Journal } from '../journal.ts'

/** What a job gets to work on one run. */
export interface RunWork {
  run: ClaimedRun
  journal: Journal
  signal: AbortSignal
  /** True when the signal was aborted because a person cancelled the run. */
  cancelled: () => boolean
}
