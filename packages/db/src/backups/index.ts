/** Backup settings, repositories, restores. */
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
export { pastRestores, storeRestore } from './past-restores.ts'
export { forgetSourceSecrets, listRestoreSources, type OpenedSource, openRestoreSource } from './restore-sources.ts'
