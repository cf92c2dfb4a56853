/** Asks for backups and drills when they are due, and reads the repositories now and then: their list is the truth. */
import { setTimeout as sleep } from 'node:timers/promises'
import { drillDue, dueBackup } from '@bramble/cluster'
import {
  askScheduled,
  type BackupDuty,
  backupDuties,
  noteRepositoryTrouble,
  storeRepository,
} from '@bramble/db/backups'
import { readRepository, troubleWords } from '@bramble/provision'
import { openWays } from './sites.ts'

const tickMs = 30_000
/** Somebody may make or remove backups beside Bramble. */
const readMs = 30 * 60_000

/** Until the signal aborts. Every worker does it; the database lets one at a time ask. */
export async function keepBackups(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await lookAtBackups(new Date(), signal).catch((error: Error) => console.error(`backups: ${error.message}`))
    await sleep(tickMs, undefined, { signal }).catch(() => undefined)
  }
}

/** One round; returns the runs that it asked for. */
async function lookAtBackups(now: Date, signal: AbortSignal): Promise<string[]> {
  const asked: string[] = []
  for (const duty of await backupDuties()) {
    if (signal.aborted) break
    const run = await askFor(duty, now)
    if (run) asked.push(run)
    else if (duty.readAt === null || now.getTime() - duty.readAt.getTime() > readMs) await read(duty, signal)
  }
  return asked
}

async function askFor(duty: BackupDuty, now: Date): Promise<string | null> {
  const { cluster, spec, backups, lastBackupAsked, lastDrillAsked } = duty
  const { schedule } = spec.backup!
  const type = dueBackup({ schedule, timezone: spec.timezone, backups, lastAsked: lastBackupAsked, now })
  if (type) return askScheduled({ cluster, request: { kind: 'backup', type }, seen: lastBackupAsked })
  if (!drillDue({ schedule, backups, lastAsked: lastDrillAsked, now })) return null
  return askScheduled({ cluster, request: { kind: 'restore-drill' }, seen: lastDrillAsked })
}

async function read({ id, spec }: BackupDuty, signal: AbortSignal): Promise<void> {
  const fleet = await openWays({ id, spec })
  try {
    await storeRepository({ clusterId: id, state: await readRepository({ spec, fleet, signal }) })
  } catch (error) {
    if (!signal.aborted)
      await noteRepositoryTrouble(id, troubleWords(error, 'The repository could not be read', 'Bramble retries.'))
  } finally {
    await fleet.close()
  }
}
