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
  packImage,
  readSource,
  resolveApp,
} from './apps/index.ts'
export { type ForeignSource, readRepository, restoreCluster, restoreDrill, takeBackup } from './backup/index.ts'
export { type DrillEnd, type DrillInput, runDrill } from './drill/index.ts'
export { cancelled } from './engine/cancel.ts'
export { blanker } from './engine/redact.ts'
export { attachAll } from './engine/running.ts'
export type { Claim, Fleet, Login, Transport } from './engine/transport.ts'
export { type ClusterSecrets, Secret, Trouble, troubleWords } from './engine/types.ts'
export type { Machine } from './facts/os.ts'
export { awaitsRestart } from './facts/patroni.ts'
export { type KeepInput, keepSwitches } from './haproxy/keep.ts'
export { type SwitchInput, switchServer } from './haproxy/switch.ts'
export { type Look, openWatch, type SourceAnswer, type Watch } from './monitor/watch.ts'
export { type OperateInput, operate } from './operations/index.ts'
export { finishUpgrade, goBack, type Upgraded, type UpgradeInput, upgradePostgres } from './postgres-upgrade/index.ts'
export { type ProbeResult, probe } from './rollout/probe.ts'
export { type ApplyInput, type ApprovedSteps, apply, approvedSteps, plan } from './rollout/provision.ts'
export { renewCertificates } from './rollout/renew.ts'
export { type RotateInput, rotateSecrets } from './rollout/rotate.ts'
export type { PlanInput } from './rollout/survey.ts'
export { certificateEnds, certificatesDue } from './secrets/certificates.ts'
export { issueSecrets, openSecrets, type StoredSecrets } from './secrets/index.ts'
export { newPassword } from './secrets/password.ts'
export { appNodes } from './serving/nodes.ts'
export { dial, isLabAddress, labGateway } from './ssh/dial.ts'
export { openFleet } from './ssh/fleet.ts'
export { shownHostKey } from './ssh/host-key.ts'
export { fingerprintOf } from './ssh/ssh.ts'
export { sendFile } from './ssh/transfer.ts'
