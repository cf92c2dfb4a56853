/** What a drill has shown, in one word and one sentence. Pure. */
import type { DrillVerdict } from '@bramble/cluster'
import type { Sight } from '../availability/index.ts'

export interface Shown {
  /** What was done: "PostgreSQL is killed on pi-2"; absent when nobody was there to see it. */
  words?: string | undefined
  sight: Sight | null
  /** What the cluster still lacks; null: it is whole. */
  lack: string | null
  /** Seconds that clients may be without an answer. */
  limit: number
  secondsToWhole: number | null
  synchronous: boolean
}

export function verdictOf(shown: Shown): { verdict: DrillVerdict; message: string } {
  const verdict = wordOf(shown)
  return { verdict, message: sentence(shown, verdict) }
}

function wordOf({ sight, lack, limit }: Shown): DrillVerdict {
  if (lack !== null) return 'not-whole'
  if (sight === null) return 'broken-off'
  if (sight.lost === null) return 'not-whole'
  if (sight.lost > 0) return 'lost'
  return Math.max(sight.writeOutage, sight.siteOutage ?? 0) > limit ? 'slow' : 'held'
}

function sentence({ words, sight, lack, limit, secondsToWhole, synchronous }: Shown, verdict: DrillVerdict): string {
  if (sight === null) {
    const end =
      lack === null ? 'The fault was reverted and the cluster is healthy.' : `The cluster did not recover: ${lack}.`
    return `The worker that measured this drill stopped, and its measurements are lost. ${end} Start the drill again.`
  }
  const seconds = (value: number) => `${value.toFixed(1)} s`
  const site = sight.siteOutage === null ? '' : `, site outage: ${seconds(sight.siteOutage)}`
  const lost =
    sight.lost === null
      ? 'writes have not recovered'
      : `${sight.lost} of ${sight.acknowledged} acknowledged writes ${sight.lost === 1 ? 'was' : 'were'} lost`
  const requests =
    sight.siteOutage === null ? '' : `, ${sight.failedRequests} of ${sight.requests} page requests failed`
  const parts = [
    `${capital(words ?? 'The drill finished')}.`,
    `Write outage: ${seconds(sight.writeOutage)}${site}; ${lost}${requests}.`,
    lack === null && secondsToWhole !== null
      ? `The cluster recovered ${secondsToWhole.toFixed(0)} s after the fault.`
      : `The cluster did not recover: ${lack ?? 'writes fail'}. Press Reprovision, and check the Stack page.`,
  ]
  if (verdict === 'slow') parts.push(`This is longer than the limit of ${limit} s.`)
  if (verdict === 'lost')
    parts.push(
      synchronous
        ? 'With synchronous replication no write may be lost: report this with the run.'
        : 'Replication is asynchronous, so the latest writes can be lost in a failover. Synchronous replication prevents this.',
    )
  return parts.join(' ')
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
