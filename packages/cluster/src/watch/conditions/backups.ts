/** Is there a good backup that is new enough, and does every change since reach the repository? */
import { repositoryNode } from '../../backup/places.ts'
import { oldestAllowed } from '../../backup/schedule.ts'
import { sentence, spanText } from '../figures.ts'
import { primaryOf, stateOf } from '../summary.ts'
import { type Found, found, type Look } from './look.ts'

/** Seconds that the first backup gets after the cluster was built. */
const firstSeconds = 2 * 3600

export function backups(look: Look): Found[] {
  const { backup } = look.spec
  const known = look.facts.backup
  if (!backup || !known) return []
  const now = look.now.getTime()
  const since = (at: string) => (now - Date.parse(at)) / 1000
  const keeper = repositoryNode(look.spec)?.name
  const where = keeper ? `on ${keeper}` : 'that stores the backups'
  const all: Found[] = []
  const allowed = oldestAllowed(backup.schedule)
  const age = known.newest === null ? null : since(known.newest)
  if (age === null ? since(known.since) > firstSeconds : age > allowed)
    all.push(
      found('backup-too-old', {
        subject: 'backup',
        level: age !== null && age < 2 * allowed ? 'warning' : 'critical',
        value: age,
        words:
          age === null
            ? 'There is no valid backup of the database: rows deleted by mistake cannot be restored.'
            : `The newest valid backup is ${spanText(age)} old; the schedule allows ${spanText(allowed)}.`,
        cure: 'On the Backups page, press “Back up now”: its run shows the error.',
      }),
    )
  if (known.trouble)
    all.push(
      found('backup-too-old', {
        subject: 'repository',
        words: sentence(`The repository of the backups cannot be read: ${known.trouble}`),
        cure: `Check the disk ${where}, and whether it is mounted. “sudo -u postgres pgbackrest info” shows its contents.`,
      }),
    )
  return [...all, ...archive(look, known.newest !== null)]
}

/** Before the first backup the repository takes nothing. */
function archive({ watch, now }: Look, begun: boolean): Found[] {
  const lead = primaryOf(watch)
  const said = lead ? stateOf(watch, lead)?.postgres?.archiver : null
  if (!begun || !lead || !said?.failedAt) return []
  if (said.archivedAt && Date.parse(said.archivedAt) >= Date.parse(said.failedAt)) return []
  const age = said.archivedAt ? (now.getTime() - Date.parse(said.archivedAt)) / 1000 : null
  return [
    found('backup-too-old', {
      subject: 'archive',
      value: age,
      words: `${lead} cannot archive its write-ahead log to the repository${age === null ? '' : `; the last time was ${spanText(age)} ago`}: new writes cannot be restored, and the log fills the card of ${lead}.`,
      cure: `On ${lead}, “journalctl -u patroni -n 50” shows the error of pgBackRest. Often the Pi with the repository is offline, or its disk is full.`,
    }),
  ]
}
