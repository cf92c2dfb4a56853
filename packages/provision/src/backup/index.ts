export { restoreDrill } from './drill.ts'
export { readRepository } from './place.ts'
export { restoreCluster } from './restore.ts'
export { takeBackup } from './take.ts'
