import type { AppSummary } from '@bramble/db/apps'

/** For viewers: last lines of a log are for those who may read the log. */
export function withoutMessages<A extends Pick<AppSummary, 'status'>>(app: A): A {
  const { status } = app
  if (!status) return app
  const slots = status.slots.map((slot) => ({ ...slot, message: null }))
  const cron = status.cron.map((job) => ({ ...job, runs: job.runs.map((run) => ({ ...run, lines: null })) }))
  return { ...app, status: { ...status, slots, cron } }
}
