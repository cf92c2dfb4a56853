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
  const where = keeper ? `on ${keeper}` : 'where the backups lie'
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
            ? 'There is no good backup of the database: whoever deletes the wrong rows deletes them for good.'
            : `The newest good backup is ${spanText(age)} old; the schedule allows ${spanText(allowed)}.`,
        cure: 'On the page Backups, press “Back up now”: its run says what stands in the way.',
      }),
    )
  if (known.trouble)
    all.push(
      found('backup-too-old', {
        subject: 'repository',
        words: sentence(`The repository of the backups cannot be read: ${known.trouble}`),
        cure: `Look at the disk ${where}, and whether it is mounted. “sudo -u postgres pgbackrest info” shows what it holds.`,
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
      words: `${lead} cannot hand its write-ahead log to the repository${age === null ? '' : `; the last time was ${spanText(age)} ago`}: what is written now could not be restored, and the log fills the card of ${lead}.`,
      cure: `On ${lead}, “journalctl -u patroni -n 50” shows what pgBackRest says: most often the Pi with the repository is away, or its disk is full.`,
    }),
  ]
}
