export { type DrillInput, restoreDrill } from './drill.ts'
export { readRepository } from './place.ts'
export { type Restored, restoreCluster } from './restore.ts'
export { takeBackup } from './take.ts'
