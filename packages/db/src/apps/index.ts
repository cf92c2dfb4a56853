/** Apps: uploads, releases, deploys, environments, git sources, logs. */
export { requestAppCommand } from './app-commands.ts'
export { readAppFacts } from './app-facts.ts'
export {
  type AppLogBatch,
  claimAppLog,
  followAppLog,
  leaveAppLog,
  markNewest,
  newestOfAppLog,
  openAppLog,
  renewAppLog,
  sweepAppLogs,
  writeAppLog,
} from './app-logs.ts'
export { changeApp } from './app-settings.ts'
export { keepAppNeeds } from './app-specs.ts'
export {
  type AppSummary,
  type AppView,
  type DeployState,
  type DeployView,
  forgetApp,
  getApp,
  getDeploy,
  listApps,
  type ReleaseView,
  releaseOf,
  storeAppStatus,
} from './apps.ts'
export { tendDeploys } from './deploy-queue.ts'
export {
  type AskedDeploy,
  cancelDeploy,
  requestAvailability,
  requestDeploy,
  requestRemoval,
  requestRestart,
  requestRollback,
  requestScale,
} from './deploys.ts'
export { appSecrets, changeEnvironment, type VariableView } from './environments.ts'
export { endGitCheck, type GitCheck, keepDeployKey, openGitCheck, queueDueGitChecks } from './git-checks.ts'
export { type OpenedGitSource, openGitDeploy, recordGitRelease, requestGitDeploy } from './git-deploys.ts'
export {
  acceptGitHostKey,
  checkGitSource,
  type GitSourceView,
  gitHook,
  newGitHook,
  pollLimits,
  queueGitCheck,
  removeGitSource,
  setGitSource,
} from './git-sources.ts'
export {
  type ImageSourceView,
  openImageDeploy,
  recordImageRelease,
  removeImageSource,
  requestImageDeploy,
  setImageSource,
} from './image-sources.ts'
export {
  appPassword,
  appSecretValues,
  type KeptRelease,
  keepRelease,
  keptReleases,
  pruneReleases,
} from './kept-releases.ts'
export {
  beginSample,
  beginUpload,
  claimUpload,
  discardUpload,
  endUploadCheck,
  getUpload,
  largestUpload,
  recordReceived,
  tendUploads,
  type UploadToCheck,
  type UploadView,
  uploadIds,
} from './uploads.ts'
