/** Renews certificates long before they end, and brings nodes theirs that were unreachable then. Nobody has to look. */
import { setTimeout as sleep } from 'node:timers/promises'
import { askCertificateRenewal, type CertificateDuty, certificateDuties } from '@bramble/db/clusters'
import { openRotation } from '@bramble/db/runs'
import { issuedSecrets } from '@bramble/db/secrets'
import { certificateEnds, certificatesDue } from '@bramble/provision'

/** Cheap: a question to Bramble's own database. */
const tickMs = 60_000
/** Between two runs on one cluster, so that one that fails does not fill the list of runs. */
const retryMs = 6 * 3_600_000
/** What was seen longer ago says nothing of now. */
const freshMs = 5 * 60_000
/** A node is asked for its certificate every minute: after a run, what was seen of it may be older than the run. */
const settleMs = 5 * 60_000

/** Until the signal aborts. Every worker does it; the database lets one at a time ask. */
export async function keepCertificates(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await lookAtCertificates(new Date()).catch((error: Error) => console.error(`certificates: ${error.message}`))
    await sleep(tickMs, undefined, { signal }).catch(() => undefined)
  }
}

/** One round; returns the runs that it asked for. */
export async function lookAtCertificates(now: Date): Promise<string[]> {
  const asked: string[] = []
  for (const duty of await certificateDuties()) {
    if (duty.lastAsked && now.getTime() - duty.lastAsked.getTime() < retryMs) continue
    if (!(await isDue(duty, now))) continue
    const run = await askCertificateRenewal({ cluster: duty.cluster, seen: duty.lastAsked })
    if (run) asked.push(run)
  }
  return asked
}

/** Only while a node answers: what nobody can take is not issued. */
async function isDue({ id, states, lastEnded }: CertificateDuty, now: Date): Promise<boolean> {
  const present = states.filter(({ at, machine }) => machine && now.getTime() - Date.parse(at) < freshMs)
  if (present.length === 0) return false
  // A rotation brings all nodes new ones, and until it has ended what they have differs from node to node.
  if (await openRotation(id)) return false
  const stored = await issuedSecrets(id)
  if (certificatesDue(stored, now)) return true
  // A node that was unreachable at the last renewal, or whose certificate a plan issued that nobody approved.
  if (lastEnded && now.getTime() - lastEnded.getTime() < settleMs) return false
  const ends = certificateEnds(stored)
  return present.some(({ node, machine }) => {
    const [wanted, seen] = [ends[node], machine?.certificateUntil]
    return wanted !== undefined && seen && Date.parse(seen) !== wanted
  })
}
