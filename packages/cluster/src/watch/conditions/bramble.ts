/** Bramble's own work: runs that failed, and whether anybody is watching at all. */
import { sentence, sizeText, spanText } from '../figures.ts'
import { type Found, found, type Look, levelAt, limit } from './look.ts'

/** After this nobody needs to be told again of a run that nobody repeated. */
const forgottenMs = 7 * 86_400_000

export function runs(look: Look): Found[] {
  const run = look.facts.lastRun
  if (!run || (run.status !== 'failed' && run.status !== 'partial')) return []
  if (look.now.getTime() - Date.parse(run.endedAt) > forgottenMs) return []
  return [
    found('run-failed', {
      subject: run.id,
      words: sentence(
        `The last run (${run.kind}) ${run.status === 'failed' ? 'failed' : 'was only partly done'}: ${run.message}`,
      ),
      cure: 'Its page shows the step and the reason. When that is fixed, press Retry: it continues where it stopped.',
    }),
  ]
}

export function watching(look: Look): Found[] {
  const { at } = look.watch
  if (at === null) return []
  const age = (look.now.getTime() - Date.parse(at)) / 1000
  if (age <= limit(look, 'watching-stopped', 'seconds')) return []
  return [
    found('watching-stopped', {
      value: age,
      words: `The cluster has not been checked for ${spanText(age)}: this page is out of date, and no alerts are sent.`,
      cure: "Start Bramble's worker: “./bramble up” runs it beside the dashboard; its log shows why it cannot reach the nodes.",
    }),
  ]
}

export function hostDisk(look: Look): Found[] {
  const disk = look.facts.hostDisk
  if (!disk) return []
  const [warning, critical] = [limit(look, 'host-disk', 'warning'), limit(look, 'host-disk', 'critical')]
  // Less is worse.
  const level = levelAt(-disk.free, -warning, -critical)
  if (level === null) return []
  return [
    found('host-disk', {
      level,
      value: disk.free,
      words: `Bramble's host ${disk.host} has ${sizeText(disk.free)} free on the disk of ${disk.folder}. When it is full, Bramble's database stops; the cluster itself keeps serving.`,
      cure: `Remove images that you do not need on the Images page: unpacked images use ${sizeText(disk.images)}, uploads ${sizeText(disk.uploads)}. The rest is used by other programs: free space on ${disk.host}.`,
    }),
  ]
}
