/** Last lines of an app's log are part of its status: secrets in them are blanked before it is stored. */
import type { AppSpec, AppStatus, ClusterSpec } from '@bramble/cluster'
import { appSecretValues } from '@bramble/db/apps'
import { issuedSecrets } from '@bramble/db/secrets'
import { blanker } from '@bramble/provision'
import { redactorOf } from '../redact.ts'

export async function redactStatuses(
  { id, spec }: { id: string; spec: ClusterSpec },
  statuses: ReadonlyMap<string, AppStatus>,
): Promise<Map<string, AppStatus>> {
  const redacted = new Map(statuses)
  for (const app of spec.apps ?? []) {
    const status = statuses.get(app.name)
    const hasLines = status?.cron.some(({ runs }) => runs.some(({ lines }) => lines))
    if (!status || !(hasLines || status.slots.some(({ message }) => message))) continue
    const redact = await redactorFor(id, app)
    const slots = status.slots.map((slot) => ({ ...slot, message: slot.message && redact(slot.message) }))
    const cron = status.cron.map((job) => ({
      ...job,
      command: redact(job.command),
      runs: job.runs.map((run) => ({ ...run, lines: run.lines && redact(run.lines) })),
    }))
    redacted.set(app.name, { ...status, slots, cron })
  }
  return redacted
}

/** The same values that the journal of a run leaves out. */
export async function redactorFor(clusterId: string, app: AppSpec): Promise<(text: string) => string> {
  const plain = Object.values(app.environment ?? {})
  const blank = blanker([...plain, ...(await appSecretValues(clusterId, app.name))], 8)
  const redact = redactorOf(await issuedSecrets(clusterId), [])
  return (text) => blank(redact(text))
}
