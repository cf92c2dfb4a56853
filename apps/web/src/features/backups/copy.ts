/** Words for backups, restores and restore drills. */
import type { BackupRepository, BackupSchedule, BackupType } from '@bramble/cluster'

export const backupTypes: Record<BackupType, string> = { full: 'Full', diff: 'Differential', incr: 'Incremental' }

export const backupTypeTexts: Record<BackupType, string> = {
  full: 'The complete database. Takes longest; depends on no other backup.',
  diff: 'Changes since the last full backup.',
  incr: 'Changes since the last backup of any type. Smallest.',
}

export const repositoryWords = (repository: BackupRepository): string => {
  if (repository.kind === 'node') return `${repository.node}:${repository.path}`
  if (repository.kind === 'sftp') return `${repository.user}@${repository.host}:${repository.path}`
  return `${repository.bucket} at ${repository.endpoint}`
}

const days = (full: BackupSchedule['full']) => (full === 'every-day' ? 'every day' : `on ${capital(full)}s`)
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

export const scheduleWords = ({ time, full, between }: BackupSchedule, timezone: string): string => {
  const rest =
    full === 'every-day' || between === 'none'
      ? ''
      : `, ${between === 'incr' ? 'an' : 'a'} ${backupTypes[between].toLowerCase()} backup on other days`
  return `A full backup ${days(full)} at ${time} (${timezone})${rest}.`
}

export const backups = {
  title: 'Backups',
  newest: 'Newest backup',
  none: 'None yet',
  noneText: 'The first backup starts automatically within a minute of provisioning.',
  reach: 'Restore window starts',
  reachText: 'Any second from then until now.',
  next: 'Next backup',
  lastDrill: 'Last restore test',
  noDrill: 'None yet',
  good: 'Restore test passed',
  bad: 'Restore test failed',
  place: 'Repository',
  encrypted: 'Encrypted',
  plain: 'Not encrypted',
  keeps: (count: number) =>
    `Keeps ${count} full ${count === 1 ? 'backup' : 'backups'} and everything needed to restore any moment since the oldest one.`,
  loses:
    'If all replicas are lost at once, a restore loses at most the last five minutes of writes: the write-ahead log is archived at least that often.',
  trouble: 'The repository could not be read',
  readAt: 'Read from the repository',
  now: 'Back up now',
  drillNow: 'Test restore',
  restore: 'Restore…',
  change: 'Settings',
  list: 'Backups in the repository',
  listText: 'As the repository reports them, newest first.',
  columns: {
    type: 'Type',
    ended: 'Finished',
    took: 'Duration',
    size: 'Database',
    added: 'Added',
    wal: 'Write-ahead log',
    by: 'Started by',
  },
  scheduled: 'schedule',
  elsewhere: 'not by Bramble',
  damaged: 'damaged pages',
  drills: 'Restore tests',
  drillsText:
    'Bramble restores a backup into a temporary instance on a replica, counts the rows, and deletes the instance.',
  drillRows: (rows: string, tables: number) =>
    `${rows} ${rows === '1' ? 'row' : 'rows'} in ${tables} ${tables === 1 ? 'table' : 'tables'}`,
  restores: 'Restores',
  restoredTo: 'Restored to',
  restoredFrom: (source: string) => `the data of ${source}`,
  restoreForeign: 'From another cluster…',
  newestState: 'the latest state',
  begun: { backup: 'Backup started', 'restore-drill': 'Restore test started', restore: 'Restore started' },
  watch: 'Watch the run',
  viewer: 'Your role is read-only. An operator can make backups; an administrator can restore.',
  busy: 'Another run is in progress. Wait until it has ended.',
  invalid: 'Invalid input.',
  invalidCure: 'Reload the page.',
  pending: 'Approve a plan first',
  pendingText:
    'Backups are turned on in the settings, but not yet on the Pis. Press Reprovision, review the plan, and approve it.',
}

export const emptyBackups = {
  title: 'No backups yet',
  text: [
    'Replicas protect you when a Pi fails. They do not protect you from a mistaken DELETE, which reaches every replica at once. A backup does.',
    'Bramble backs up the database once a day with pgBackRest and archives every change in between, so that you can restore any second.',
  ],
  start: 'Turn on backups',
}

export const backupForm = {
  title: 'Backup location and schedule',
  kind: 'Location',
  kinds: {
    node: { label: 'On a Pi', text: 'A folder on the card or on a mounted disk of one of these Pis.' },
    sftp: { label: 'SFTP', text: 'A NAS or another machine with SSH.' },
    s3: { label: 'S3', text: 'A bucket: Garage, Backblaze B2, AWS, and others.' },
  },
  node: 'Pi',
  readHint: 'The Pi with the folder does the restore. It must have the postgres role.',
  nodeHint: (copy: boolean) =>
    copy
      ? 'This Pi also has the postgres role: if its card fails, a replica and the backups are lost together.'
      : 'This Pi does not have the postgres role, so one failed card cannot take both a replica and the backups.',
  path: 'Folder',
  mounted: 'Require a mounted disk at this path',
  mountedHint: 'If the disk is missing, the backup fails instead of filling the card.',
  host: 'Host',
  port: 'Port',
  user: 'User',
  hostKey: 'Host key fingerprint',
  hostKeyHint: 'Of the ECDSA key. On that machine: ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub',
  publicKey: 'Add this line to ~/.ssh/authorized_keys of that user:',
  publicKeyLater: 'The public key to add there appears here after you save and plan once.',
  endpoint: 'Endpoint',
  endpointHint: 'A host name without https://. The Pis must trust its certificate.',
  bucket: 'Bucket',
  region: 'Region',
  style: 'Bucket address',
  styles: { path: 'endpoint/bucket (Garage and most others)', host: 'bucket.endpoint (AWS)' },
  key: 'Access key',
  secret: 'Secret key',
  keysHint: 'Stored encrypted. Leave empty to keep the present keys.',
  time: 'Time',
  timeHint: (timezone: string) => `In the cluster’s time zone, ${timezone}.`,
  full: 'Full backup',
  everyDay: 'Every day',
  between: 'Other days',
  betweens: { diff: 'Differential', incr: 'Incremental', none: 'No backup' },
  keep: 'Full backups to keep',
  drill: 'Restore test',
  drills: { weekly: 'Every week', monthly: 'Every four weeks', never: 'Never' },
  encrypted: 'Encrypt with a passphrase that Bramble generates and stores',
  encryptedHint:
    'Cannot be changed once the repository has backups. Keep Bramble’s own backup too: it contains the passphrase.',
  save: 'Save and plan',
  off: 'Turn off backups',
  offText: 'No more backups are made. Existing backups stay in the repository.',
  restarts: 'Turning backups on or off restarts PostgreSQL once on every Pi, one at a time. The plan shows it.',
  cancel: 'Cancel',
}

export const foreignRestore = {
  title: (cluster: string) => `Import data from another cluster into ${cluster}`,
  intro:
    'Use this for new Pis that replace failed ones, or for a copy of another cluster. The other cluster’s repository is only read.',
  source: 'Source',
  byHand: 'Enter repository manually',
  byHandText: 'For a cluster that this Bramble does not manage: location, name, and passphrase of its repository.',
  movedNode: 'Pi that has the disk or folder now',
  movedText: (node: string) =>
    `The backups are on ${node}, which these Pis cannot reach. Mount its disk on one of these Pis, or copy the folder.`,
  movedPath: 'Folder on that Pi',
  movedPathText: 'The folder that contains the folders archive and backup.',
  stanza: 'Cluster name in the repository',
  stanzaText: 'pgBackRest calls it the stanza. Bramble uses the cluster’s name.',
  passphrase: 'Repository passphrase',
  newestText: 'Everything in its archive.',
  passphraseText: 'Shown on the Backups page of that cluster. Leave empty if the repository is not encrypted.',
  lost: (cluster: string) => `All data in the database of ${cluster} is replaced on every Pi.`,
  lostText: ({ name, user }: { name: string; user: string }) =>
    `The imported data gets the names and passwords of this cluster: database ${name}, user ${user}. The database is unavailable during the import. If the import fails, the present data is put back.`,
  typed: (cluster: string) => `Type ${cluster} to confirm`,
  keep: 'Cancel',
  confirm: 'Replace database',
}

export const passphrase = {
  text: 'The repository cannot be read without its passphrase. Keep the passphrase, or Bramble’s own backup, in another place.',
  show: 'Show passphrase',
}

export const restoreDialog = {
  title: (cluster: string) => `Restore the database of ${cluster}?`,
  intro:
    'PostgreSQL stops on every Pi, one Pi restores, and the others are cloned from it. The database is unavailable meanwhile.',
  when: 'Restore to',
  moment: 'Point in time',
  newest: 'Latest state',
  newestText: 'For a damaged database: everything in the archive.',
  at: (zone: string) => `Point in time, in your time zone (${zone})`,
  same: (utc: string, local: string, timezone: string) =>
    `That is ${utc} UTC, and ${local} in the cluster’s time zone (${timezone}).`,
  tooEarly: (oldest: string) => `The oldest backup finished at ${oldest}. Choose a later time.`,
  future: 'This time is in the future. Choose an earlier one.',
  lost: (span: string) => `Everything written in the last ${span} will be lost.`,
  lostNewest: 'Everything that reached the archive is kept. The last writes that did not reach it are lost.',
  undo: 'The present state is archived first, so another restore can bring it back as long as the backups are kept.',
  typed: (cluster: string) => `Type ${cluster} to confirm`,
  keep: 'Cancel',
  confirm: 'Restore',
}
