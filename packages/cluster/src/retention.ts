/** How long Bramble keeps what grows, in days. Samples, alerts and events have periods of their own. */
import { z } from 'zod'

const days = z
  .number({ error: 'must be a number of days' })
  .int({ error: 'must be an integer number of days' })
  .min(7, { error: 'must be 7 days or more' })
  .max(3650, { error: 'must be 3,650 days or less' })

/** `logs` at most `runs`: a log goes with its run. */
export const Retention = z
  .strictObject({
    /** Runs with their steps and plans, drill results, records of written cards. */
    runs: days,
    /** Log lines of runs. */
    logs: days,
    /** The audit. */
    audit: days,
  })
  .refine(({ runs, logs }) => logs <= runs, {
    path: ['logs'],
    error: 'must not be longer than the retention of runs: the log of a run is deleted with the run',
  })
export type Retention = z.infer<typeof Retention>

export const defaultRetention: Retention = { runs: 365, logs: 90, audit: 365 }
