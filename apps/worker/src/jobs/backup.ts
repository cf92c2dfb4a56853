/** Backup, restore, restore drill; afterwards the list of backups is read from the repository itself. */
import {
  forgetSourceSecrets,
  noteRepositoryTrouble,
  type OpenedSource,
  openRestoreSource,
  pastRestores,
  storeDrill,
  storeRepository,
  storeRestore,
} from '@bramble/db/backups'
import type { RunEnd } from '@bramble/db/runs'
import {
  blanker,
  type ForeignSource,
  readRepository,
  restoreCluster,
  restoreDrill,
  Secret,
  Trouble,
  takeBackup,
  troubleWords,
} from '@bramble/provision'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

export async function backupJob(work: RunWork, site: Site): Promise<RunEnd> {
  const { run, journal, signal, cancelled } = work
  const { backup: request } = run.request
  if (!request) throw new Trouble('no-request', 'This run has no instructions.', 'Start it again.')
  if (run.takenOver) journal.say('The previous worker stopped: continuing where it left off.')
  const emit = journal.emit.bind(journal)
  const input = { spec: run.spec, secrets: site.secrets, fleet: site.fleet, signal, emit, since: run.since }
  try {
    if (request.kind === 'backup') {
      const outcome = await takeBackup({ ...input, type: request.type })
      return { status: outcome.status, outcome, trouble: null }
    }
    const own = await pastRestores(run.clusterId)
    if (request.kind === 'restore-drill') return await drill(work, () => restoreDrill({ ...input, restores: own }))
    const to = request.to === null ? null : new Date(request.to)
    const opened = request.from ? await openRestoreSource({ id: run.clusterId, spec: run.spec }, request.from) : null
    if (opened) hide(work, site, opened)
    const source = opened && foreign(opened, site)
    const restores = opened?.restores ?? own
    const { outcome, past } = await restoreCluster({ ...input, restores, source, to, cancelled })
    if (past) await storeRestore({ clusterId: run.clusterId, run: run.run, requestedBy: run.requestedBy, past })
    if (source && outcome.status === 'succeeded') await forgetSourceSecrets(run.clusterId)
    return { status: outcome.status, outcome, trouble: null }
  } finally {
    if (!signal.aborted || cancelled()) await refresh(work, site)
  }
}

function foreign({ restores: _, ...opened }: OpenedSource, { secrets }: Site): ForeignSource {
  const { passphrase, s3, key } = opened
  return {
    ...opened,
    passphrase: passphrase === null ? null : new Secret(passphrase),
    s3: s3 && { key: new Secret(s3.key), secret: new Secret(s3.secret) },
    key: key === null ? secrets.backup.ssh.privateKey : new Secret(key),
  }
}

/** What opens the other cluster's backups is no more for the log than what is this one's. */
function hide({ journal }: RunWork, { redact }: Site, { passphrase, s3, key }: OpenedSource): void {
  const texts = [passphrase, s3?.key, s3?.secret, key].filter((text) => typeof text === 'string')
  const blank = blanker(texts, 6)
  journal.redactWith((text) => blank(redact(text)))
}

/** A drill that fails is a result too: it is what the drill is for. */
async function drill({ run, signal }: RunWork, work: () => ReturnType<typeof restoreDrill>): Promise<RunEnd> {
  const base = { clusterId: run.clusterId, run: run.run, requestedBy: run.requestedBy }
  try {
    const { outcome, result } = await work()
    await storeDrill({ ...base, good: outcome.status === 'succeeded', message: outcome.message, result })
    return { status: outcome.status, outcome, trouble: null }
  } catch (error) {
    if (!signal.aborted && error instanceof Trouble)
      await storeDrill({ ...base, good: false, message: `${error.message} ${error.cure}`, result: null })
    throw error
  }
}

async function refresh({ run, journal }: RunWork, site: Site): Promise<void> {
  const made = { run: run.run, requestedBy: run.requestedBy, since: run.since }
  try {
    const state = await readRepository({ spec: run.spec, fleet: site.fleet })
    await storeRepository({ clusterId: run.clusterId, state, made })
  } catch (error) {
    const trouble = troubleWords(error, 'The repository could not be read', 'Try again.')
    journal.say(`${trouble.message} ${trouble.cure}`)
    await noteRepositoryTrouble(run.clusterId, trouble)
  }
}
