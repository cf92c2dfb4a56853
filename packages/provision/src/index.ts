export {
  type AppLogLine,
  type AppLogsInput,
  type AppState,
  type AppsState,
  type AvailabilityInput,
  appEnvironment,
  appLogs,
  type Completed,
  type CompleteInput,
  type CronRuns,
  completeApps,
  cronRuns,
  type DeployableRelease,
  type DeployInput,
  databaseOf,
  databaseUrl,
  deployApp,
  followAppLogs,
  furtherPackages,
  haveMoved,
  type KeptFiles,
  type KeptRelease,
  ReleaseStore,
  type RemoveInput,
  type RestartInput,
  type RunInAppInput,
  type RunnableApp,
  readApps,
  removeApp,
  restartApp,
  rollbackApp,
  runInApp,
  type ScaleInput,
  scaleApp,
  setAvailability,
} from './apps/deploy/index.ts'
export {
  type AppWishes,
  type InspectedApp,
  inspectApp,
  type PackedApp,
  packApp,
  readSource,
  resolveApp,
} from './apps/index.ts'
export { appNodes } from './apps/nodes.ts'
export { type ForeignSource, readRepository, restoreCluster, restoreDrill, takeBackup } from './backup/index.ts'
export { cancelled } from './core/cancel.ts'
export { blanker } from './core/redact.ts'
export { attachAll } from './core/running.ts'
export { type ClusterSecrets, Secret, Trouble, troubleWords } from './core/types.ts'
export { type DrillEnd, type DrillInput, runDrill } from './drill/index.ts'
export type { Machine } from './facts/os.ts'
export { awaitsRestart } from './facts/patroni.ts'
export { type OperateInput, operate } from './operate/index.ts'
export { type ProbeResult, probe } from './probe.ts'
export { type ApplyInput, type ApprovedSteps, apply, approvedSteps, plan } from './provision.ts'
export { renewCertificates } from './renew.ts'
export { type RotateInput, rotateSecrets } from './rotate.ts'
export { certificateEnds, certificatesDue } from './secrets/certificates.ts'
export { issueSecrets, openSecrets, type StoredSecrets } from './secrets/index.ts'
export { newPassword } from './secrets/password.ts'
export { type KeepInput, keepSwitches } from './servers/keep.ts'
export { type SwitchInput, switchServer } from './servers/switch.ts'
export type { PlanInput } from './survey.ts'
export { dial, isLabAddress, labGateway } from './transports/dial.ts'
export { type Fleet, openFleet } from './transports/fleet.ts'
export { shownHostKey } from './transports/host-key.ts'
export { must, type RunOptions, type RunResult, run, type StartOptions, start } from './transports/local.ts'
export { fingerprintOf } from './transports/ssh.ts'
export { sendFile } from './transports/transfer.ts'
export type { Claim, Login, Transport } from './transports/types.ts'
export { finishUpgrade, goBack, type Upgraded, type UpgradeInput, upgradePostgres } from './upgrade/index.ts'
export { type Look, openWatch, type SourceAnswer, type Watch } from './watch/watch.ts'
