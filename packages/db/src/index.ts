/** Everything Bramble remembers. Verbs, one noun a file; no query stands elsewhere. Migrations: `@bramble/db/migrate`. */
import { endConnection } from './connection.ts'
import { endListening } from './listen.ts'
import { endQueue } from './queue.ts'

export { readResetLink, redeemResetLink, resetAdmin } from './admin-reset.ts'
export {
  addChannel,
  type ChannelView,
  changeChannel,
  listChannels,
  removeChannel,
  testChannel,
} from './alert-channels.ts'
export { changeRule, readRuleSettings } from './alert-rules.ts'
export { type AlertDecision, type AlertRow, type SilenceRow, settleAlerts } from './alert-settling.ts'
export { type AlertCount, type AlertView, countOpenAlerts, listAlerts, sweepAlerts } from './alerts.ts'
export { requestAppCommand } from './apps/app-commands.ts'
export { readAppFacts } from './apps/app-facts.ts'
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
} from './apps/app-logs.ts'
export { changeApp } from './apps/app-settings.ts'
export { keepAppNeeds } from './apps/app-specs.ts'
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
} from './apps/apps.ts'
export { tendDeploys } from './apps/deploy-queue.ts'
export {
  type AskedDeploy,
  cancelDeploy,
  requestAvailability,
  requestDeploy,
  requestRemoval,
  requestRestart,
  requestRollback,
  requestScale,
} from './apps/deploys.ts'
export { appSecrets, changeEnvironment, type VariableView } from './apps/environments.ts'
export { endGitCheck, type GitCheck, keepDeployKey, openGitCheck, queueDueGitChecks } from './apps/git-checks.ts'
export { type OpenedGitSource, openGitDeploy, recordGitRelease, requestGitDeploy } from './apps/git-deploys.ts'
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
} from './apps/git-sources.ts'
export {
  appPassword,
  appSecretValues,
  type KeptRelease,
  keepRelease,
  keptReleases,
  pruneReleases,
} from './apps/kept-releases.ts'
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
} from './apps/uploads.ts'
export {
  adoptNode,
  cardForArrival,
  type ExpectedCard,
  earlierKeys,
  expectsArrivals,
  recordArrival,
  recordCardTrouble,
  recordForgery,
  waitingCards,
} from './arrivals.ts'
export {
  type AuditEntry,
  type AuditFilter,
  type AuditView,
  auditedVerbs,
  listAudit,
  recordAudit,
} from './audit.ts'
export { type AuditVerb, auditVerbs } from './audit-verbs.ts'
export {
  type BackupsView,
  noteRepositoryTrouble,
  readBackupFacts,
  readBackups,
  storeDrill,
  storeRepository,
} from './backup-records.ts'
export { backupPublicKey, changeBackups } from './backup-settings.ts'
export { askScheduled, type BackupDuty, backupDuties, requestBackup } from './backups.ts'
export { type CardRecordView, listCardRecords } from './card-records.ts'
export { type Catalogue, type CatalogueEntry, readCatalogue, storeCatalogue } from './catalogue.ts'
export { askCertificateRenewal, type CertificateDuty, certificateDuties } from './certificates.ts'
export {
  type ClusterSummary,
  type ClusterView,
  createCluster,
  getCluster,
  listClusters,
  removeCluster,
  updateSpec,
} from './clusters.ts'
export { prisma } from './connection.ts'
export {
  awaitDelivery,
  type ClaimedBatch,
  type ClaimedDelivery,
  claimDeliveries,
  type DeliveryResult,
  type DeliveryView,
  endDeliveries,
  listDeliveries,
  nextDelivery,
  type ToldAlert,
} from './deliveries.ts'
export { type DrillView, endDrill, listDrills, requestDrill } from './drills.ts'
export { type Figure, type Look, readFigures } from './figures.ts'
export { type FlashToSeal, flashToSeal, refuseFlash, storeFlashKit } from './flash-kits.ts'
export {
  type CardToFlash,
  cardsToFlash,
  closeFlash,
  endCardRecord,
  keepCardKey,
  recordFlashPhase,
  recordFlashProgress,
} from './flash-work.ts'
export { type FlashView, getFlash, requestFlash } from './flashes.ts'
export { followAlerts, followFlash, followImages, followLog, followRun, followStations } from './follow.ts'
export { claimHeartbeats, type DueHeartbeat, endHeartbeat } from './heartbeats.ts'
export {
  claimImageCopy,
  endImageCopy,
  forgetImageCopy,
  type ImageWork,
  reconcileImageCopies,
  recordImageProgress,
  requeueImageCopies,
  stationUpload,
} from './image-copies.ts'
export {
  addImage,
  type ImageCopyView,
  type ImageView,
  listImages,
  pinImage,
  removeImage,
  requestImageCopy,
} from './images.ts'
export { endRun, type JournalBatch, type NewLine, type RunEnd, type StepChange, writeJournal } from './journal.ts'
export { isSecretsKey, rotateSecretsKey } from './key-rotation.ts'
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
export { listen } from './listen.ts'
export { type LogLine, readLog } from './log.ts'
export { type LogHit, type LogSearch, searchLogs } from './log-search.ts'
export { type ArrivingNode, addNode, forgetLeft, removeNode, replaceNode } from './members.ts'
export { longUnseen, type NodeView, pinHostKey, recordSighting, setLogin } from './nodes.ts'
export { requestOperation, storePostgres } from './operations.ts'
export { keepPartitions } from './partitions.ts'
export { keepPassword } from './passwords.ts'
export { pastRestores, storeRestore } from './past-restores.ts'
export { type ClusterPlace, listPlaces } from './places.ts'
export {
  type ClaimedProbe,
  claimProbe,
  endProbe,
  getProbe,
  type ProbeRequest,
  type ProbeState,
  type ProbeView,
  requestProbe,
  sweepProbes,
} from './probes.ts'
export { type JobConsumer, openConsumer, type QueueJob } from './queue.ts'
export { Refusal } from './refusal.ts'
export { enqueueRun, requestCancel, requestRun, retryRun } from './requests.ts'
export {
  forgetSourceSecrets,
  listRestoreSources,
  type OpenedSource,
  openRestoreSource,
} from './restore-sources.ts'
export { changeRetention, readRetention, type Swept, sweepRetention } from './retention.ts'
export { answerReveal, revealPassphrase, sweepReveals } from './reveals.ts'
export { rollUp } from './roll-up.ts'
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
export { type KeyPair, keyIdOf, keyPairOf, makeKeyPair, openWith, sealFor } from './sealed-box.ts'
export { checkSecretsKey } from './sealing.ts'
export { giveCodeBack, resetSecondFactor, spendCode } from './second-factor.ts'
export {
  clusterWifi,
  forgetLogins,
  issuedSecrets,
  issueFor,
  keptWifi,
  type NodeLogin,
  nodeLogins,
  storeIssuedSecrets,
} from './secrets.ts'
export { readSeries, type Series, type SeriesAnswer, type SeriesAsked } from './series.ts'
export { type AskedSwitch, requestServerSwitch, standingSwitches } from './server-switches.ts'
export {
  addressesOf,
  endOtherSessions,
  endSession,
  listSessions,
  noteProof,
  noteSession,
  type SessionView,
} from './sessions.ts'
export { checkSetupLink, createSetupLink, redeemSetupLink } from './setup.ts'
export { endSilence, type SilenceView, silenceAlerts, silencesOf } from './silences.ts'
export { answerStation } from './station-calls.ts'
export {
  checkStationToken,
  createStationCode,
  type JoinedStation,
  joinStation,
  removeStation,
  type StationBearer,
  StationCodeText,
} from './station-identity.ts'
export {
  announceStation,
  type CardView,
  dismissStation,
  listStations,
  type StationView,
  sweepStations,
} from './stations.ts'
export { listSubjects } from './subjects.ts'
export { recordTick, type Tick } from './ticks.ts'
export { listTimeline, recordEvents } from './timeline.ts'
export {
  checkToken,
  createToken,
  listTokens,
  revokeToken,
  revokeTokensOf,
  type TokenBearer,
  TokenLife,
  TokenName,
  type TokenView,
} from './tokens.ts'
export { forgetTries, returnTry, type TryLimit, takeTry } from './tries.ts'
export type { TroubleView } from './trouble.ts'
export { changeAccount, hasAdmin, listUsers, removeUser, setUserRole, type UserRole, type UserView } from './users.ts'
export {
  claimWatch,
  eldestWatched,
  followWatch,
  listWatchable,
  readWatch,
  releaseWatch,
  type WatchableCluster,
} from './watch.ts'

/** Ends every connection of this process to the database and the queue. */
export async function disconnect(): Promise<void> {
  await Promise.allSettled([endQueue(), endListening()])
  await endConnection()
}
