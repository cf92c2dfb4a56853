/** Scheduled commands of what serves, with how they ran lately. */
import type { CronJob } from '@bramble/cluster'
import type { CronRecord } from '../../serving/records.ts'
import type { AppState } from './etcd/state.ts'

export interface CronRuns extends CronJob {
  /** Newest first. */
  runs: Omit<CronRecord, 'runs'>[]
}

/** Empty where nothing serves. */
export function cronRuns(state: Pick<AppState, 'serving' | 'cron'> | undefined): CronRuns[] {
  return (state?.serving?.cron ?? []).map((job) => {
    const record = state?.cron[job.name]
    if (!record) return { ...job, runs: [] }
    const { runs, ...newest } = record
    return { ...job, runs: [newest, ...runs] }
  })
}
