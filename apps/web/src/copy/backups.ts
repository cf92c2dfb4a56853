/** Words for backups, restores and restore drills. */
import type { BackupRepository, BackupSchedule, BackupType } from '@bramble/cluster'

export const backupTypes: Record<BackupType, string> = { full: 'Full', diff: 'Differential', incr: 'Incremental' }

export const backupTypeTexts: Record<BackupType, string> = {
  full: 'Everything. Takes longest, stands by itself.',
  diff: 'What changed since the last full one.',
  incr: 'What changed since the last one of any kind. Smallest.',
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
    full === 'every-day' || between === 'none' ? '' : `, a ${backupTypes[between].toLowerCase()} one on the other days`
  return `A full backup ${days(full)} at ${time} (${timezone})${rest}.`
}

export const backups = {
  title: 'Backups',
  newest: 'Newest backup',
  none: 'None yet',
  noneText: 'The first one is made by itself within a minute of provisioning.',
  reach: 'A restore can go back to',
  reachText: 'Any second from then on, until now.',
  next: 'Next backup',
  lastDrill: 'Last drill',
  noDrill: 'None yet',
  good: 'The backup was good',
  bad: 'It did not come through',
  place: 'Repository',
  encrypted: 'Encrypted',
  plain: 'Not encrypted',
  keeps: (count: number) =>
    `Keeps ${count} full ${count === 1 ? 'backup' : 'backups'} and all that is needed to restore any moment since the oldest.`,
  loses:
    'When every copy of the database dies at once, a restore loses what was written in the last five minutes at most: that is how often the write-ahead log is handed over when little is written.',
  trouble: 'The repository could not be read',
  readAt: 'Read from the repository',
  now: 'Back up now',
  drillNow: 'Try a restore now',
  restore: 'Restore…',
  change: 'Settings',
  list: 'In the repository',
  listText: 'Read from the repository itself, newest first.',
  columns: {
    type: 'Kind',
    ended: 'Ready',
    took: 'Took',
    size: 'Database',
    added: 'Added',
    wal: 'Write-ahead log',
    by: 'Asked by',
  },
  scheduled: 'schedule',
  elsewhere: 'not by Bramble',
  damaged: 'damaged pages',
  drills: 'Restore drills',
  drillsText:
    'A backup is restored into a throw-away instance on a replica, its rows are counted, and it is thrown away.',
  drillRows: (rows: string, tables: number) =>
    `${rows} ${rows === '1' ? 'row' : 'rows'} in ${tables} ${tables === 1 ? 'table' : 'tables'}`,
  restores: 'Restores',
  restoredTo: 'Restored to',
  restoredFrom: (source: string) => `the data of ${source}`,
  restoreForeign: 'From another cluster…',
  newestState: 'the newest state',
  begun: { backup: 'The backup has begun', 'restore-drill': 'The drill has begun', restore: 'The restore has begun' },
  watch: 'Watch the run',
  viewer: 'Your role may only look. An operator can make backups, an admin can restore.',
  busy: 'A run is going on: wait until it has ended.',
  invalid: 'This could not be read.',
  invalidCure: 'Load the page again.',
  pending: 'Approve a plan first',
  pendingText:
    'Backups are in the settings, but the Pis do not know of it yet. Press Reprovision, look at the plan, approve it.',
}

export const emptyBackups = {
  title: 'No backups yet',
  text: [
    'Replicas save you when a Pi dies. They do not save you from a wrong DELETE: it reaches every copy at once. A backup does.',
    'Bramble copies the database once a day with pgBackRest and keeps every change since, so that you can go back to any second.',
  ],
  start: 'Switch backups on',
}

export const backupForm = {
  title: 'Where backups lie and when they are made',
  kind: 'Where',
  kinds: {
    node: { label: 'On a Pi', text: 'A folder on a card or a mounted disk of one of these Pis.' },
    sftp: { label: 'SFTP', text: 'A NAS or another machine that takes SSH.' },
    s3: { label: 'S3', text: 'A bucket: MinIO, Garage, Backblaze, AWS.' },
  },
  node: 'Pi',
  readHint: 'The Pi with the folder restores. It must keep a copy of the database.',
  nodeHint: (copy: boolean) =>
    copy
      ? 'This Pi also keeps a copy of the database: when its card dies, the backups die with it.'
      : 'It keeps no copy of the database: good, since one dead card does not take both.',
  path: 'Folder',
  mounted: 'There must be a disk mounted at the folder or above it',
  mountedHint: 'Without the disk nothing is written to the card instead.',
  host: 'Host',
  port: 'Port',
  user: 'User',
  hostKey: 'Fingerprint of its host key',
  hostKeyHint: 'Of its ECDSA key; on that machine: ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub',
  publicKey: 'Add this line to ~/.ssh/authorized_keys of that user:',
  publicKeyLater: 'Plan once after saving: then the public key to add there stands here.',
  endpoint: 'Endpoint',
  endpointHint: 'A host name without https://. Its certificate must be one that the Pis trust.',
  bucket: 'Bucket',
  region: 'Region',
  style: 'Address of the bucket',
  styles: { path: 'endpoint/bucket (MinIO and most others)', host: 'bucket.endpoint (AWS)' },
  key: 'Access key',
  secret: 'Secret key',
  keysHint: 'Kept sealed. Empty: the ones that were given before.',
  time: 'Time',
  timeHint: (timezone: string) => `In the time zone of the cluster, ${timezone}.`,
  full: 'Full backup',
  everyDay: 'Every day',
  between: 'On the other days',
  betweens: { diff: 'What changed since the full one', incr: 'What changed since the newest', none: 'Nothing' },
  keep: 'Full backups to keep',
  drill: 'Restore drill',
  drills: { weekly: 'Every week', monthly: 'Every four weeks', never: 'Never' },
  encrypted: 'Encrypt with a passphrase that Bramble makes and keeps',
  encryptedHint:
    'It cannot be changed once the repository has backups. Keep Bramble’s own backup too: the passphrase is in it.',
  save: 'Save and plan',
  off: 'Switch off',
  offText: 'No more backups are made. What is in the repository stays there.',
  restarts:
    'PostgreSQL restarts once on every Pi, one after the other, when backups are switched on or off. The plan says so.',
  cancel: 'Leave it',
}

export const foreignRestore = {
  title: (cluster: string) => `Take the data of another cluster into ${cluster}`,
  intro:
    'For Pis that take over from others that died, or for a copy of another cluster. The other one’s repository is only read.',
  source: 'Whose backups',
  byHand: 'A repository given by hand',
  byHandText: 'Of a cluster that this Bramble does not know: its place, its name there, its passphrase.',
  movedNode: 'Pi where its disk or folder is now',
  movedText: (node: string) =>
    `They lie on ${node}, which these Pis cannot ask: mount its disk on one of these, or copy the folder.`,
  movedPath: 'Folder there',
  movedPathText: 'The one that holds the folders archive and backup.',
  stanza: 'Name of the cluster there',
  stanzaText: 'pgBackRest calls it stanza; Bramble takes the cluster’s name.',
  passphrase: 'Passphrase of the repository',
  newestText: 'Everything that its archive holds.',
  passphraseText: 'The page Backups of that cluster showed it. Empty: it is not encrypted.',
  lost: (cluster: string) => `Everything that the database of ${cluster} holds now is replaced on every Pi.`,
  lostText: ({ name, user }: { name: string; user: string }) =>
    `What comes in gets the names and passwords of this cluster: database ${name}, user ${user}. The site is without its database meanwhile. If it does not come through, everything goes back to what it was.`,
  typed: (cluster: string) => `Type ${cluster} to confirm`,
  keep: 'Leave it as it is',
  confirm: 'Replace the database',
}

export const passphrase = {
  text: 'Without its passphrase nobody can read the repository. Keep it, or Bramble’s own backup, in another place.',
  show: 'Show the passphrase',
}

export const restoreDialog = {
  title: (cluster: string) => `Restore the database of ${cluster}?`,
  intro:
    'PostgreSQL stops on every Pi, one of them restores, the others follow it. The site is without its database meanwhile.',
  when: 'To',
  moment: 'A moment',
  newest: 'The newest state',
  newestText: 'For a database that is broken: everything that the archive holds.',
  at: (zone: string) => `Moment, in your time zone (${zone})`,
  same: (utc: string, local: string, timezone: string) =>
    `That is ${utc} UTC, and ${local} in the cluster’s time zone (${timezone}).`,
  tooEarly: (oldest: string) => `The oldest backup was ready at ${oldest}: choose a later moment.`,
  future: 'That moment has not come yet.',
  lost: (span: string) => `Everything that was written in the ${span} since then is taken out of the database.`,
  lostNewest: 'Nothing that reached the archive is lost; what was written in the last moments and did not reach it is.',
  undo: 'The present state goes to the archive first, so that another restore can bring it back as long as the backups are kept.',
  typed: (cluster: string) => `Type ${cluster} to confirm`,
  keep: 'Leave it as it is',
  confirm: 'Restore',
}
