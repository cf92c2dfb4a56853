/** Runs: requests, leases, journals, logs, and following them. */
export { type DrillView, endDrill, listDrills, requestDrill } from './drills.ts'
export { followLog, followRun } from './follow-run.ts'
export { endRun, type JournalBatch, type NewLine, type RunEnd, type StepChange, writeJournal } from './journal.ts'
export {
  type ClaimedRun,
  claimRun,
  type Lease,
  LeaseLost,
  type LostRun,
  leaseSeconds,
  reapRuns,
  releaseRun,
  renewLease,
  stationLeaseSeconds,
} from './leases.ts'
export { type LogLine, readLog } from './log.ts'
export { type LogHit, type LogSearch, searchLogs } from './log-search.ts'
export { requestOperation, storePostgres } from './operations.ts'
export { keepPassword } from './passwords.ts'
export { enqueueRun, requestCancel, requestRun, retryRun } from './requests.ts'
export { type OpenRotation, openRotation } from './rotations.ts'
export {
  getPlan,
  getRun,
  lastWork,
  listAskers,
  listRuns,
  type RunFilter,
  type RunSummary,
  type RunView,
  type StepStatus,
  type StepView,
} from './runs.ts'
