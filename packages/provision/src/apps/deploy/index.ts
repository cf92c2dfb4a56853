/** Deploys: releases come to the nodes, start beside what serves, and take over. See `serving` for what is true when. */
export { type AvailabilityInput, setAvailability } from './availability.ts'
export { type Completed, type CompleteInput, completeApps, haveMoved, type KeptFiles } from './complete.ts'
export { type CronRuns, cronRuns } from './cron-runs.ts'
export { databaseOf, databaseUrl } from './database.ts'
export {
  appEnvironment,
  type DeployableRelease,
  type DeployInput,
  deployApp,
  type RestartInput,
  type RunnableApp,
  restartApp,
  rollbackApp,
} from './deploy.ts'
export { readApps } from './etcd/read.ts'
export type { AppState, AppsState } from './etcd/state.ts'
export { furtherPackages } from './needs.ts'
export { type AppLogLine, type AppLogsInput, appLogs, followAppLogs } from './node/logs.ts'
export { type KeptRelease, ReleaseStore } from './release-store.ts'
export { type RemoveInput, removeApp } from './remove.ts'
export { type RunInAppInput, runInApp } from './run.ts'
export { type ScaleInput, scaleApp } from './scale.ts'
