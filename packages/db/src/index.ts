/** Everything Bramble remembers. Verbs, one noun a file; no query stands elsewhere. Migrations: `@bramble/db/migrate`. */
import { endConnection } from './connection.ts'
import { endListening } from './listen.ts'
import { endQueue } from './queue.ts'

export { type AuditEntry, type AuditView, listAudit, recordAudit } from './audit.ts'
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
export { followLog, followRun } from './follow.ts'
export { endRun, type JournalBatch, type NewLine, type RunEnd, type StepChange, writeJournal } from './journal.ts'
export {
  type ClaimedRun,
  claimRun,
  type Lease,
  LeaseLost,
  leaseSeconds,
  reapRuns,
  releaseRun,
  renewLease,
} from './leases.ts'
export { listen } from './listen.ts'
export { type LogLine, readLog } from './log.ts'
export { longUnseen, type NodeView, pinHostKey, recordSighting, setLogin, type TroubleView } from './nodes.ts'
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
export { getPlan, getRun, listRuns, type RunSummary, type RunView, type StepStatus, type StepView } from './runs.ts'
export { checkSecretsKey } from './sealing.ts'
export { forgetLogins, issuedSecrets, type NodeLogin, nodeLogins, storeIssuedSecrets } from './secrets.ts'
export { checkSetupLink, createSetupLink, redeemSetupLink } from './setup.ts'
export { hasAdmin, listUsers, removeUser, setUserRole, type UserRole, type UserView } from './users.ts'

/** Ends every connection of this process to the database and the queue. */
export async function disconnect(): Promise<void> {
  await Promise.allSettled([endQueue(), endListening()])
  await endConnection()
}
