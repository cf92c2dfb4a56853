/** What a drill has shown, in one word and one sentence. Pure. */
import type { DrillVerdict } from '@bramble/cluster'
import type { Sight } from '../checker/index.ts'

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
    const end = lack === null ? 'The fault is undone and the cluster is whole.' : `The cluster is not whole: ${lack}.`
    return `The worker that measured this drill is gone, and its figures with it. ${end} Press the drill again.`
  }
  const seconds = (value: number) => `${value.toFixed(1)} s`
  const site = sight.siteOutage === null ? '' : `, the site for ${seconds(sight.siteOutage)}`
  const lost =
    sight.lost === null
      ? 'Writes do not pass again'
      : `${sight.lost} of ${sight.acknowledged} acknowledged writes ${sight.lost === 1 ? 'is' : 'are'} missing`
  const requests =
    sight.siteOutage === null ? '' : `, ${sight.failedRequests} of ${sight.requests} page requests failed`
  const parts = [
    `${capital(words ?? 'The drill was carried out')}.`,
    `Writes were away for ${seconds(sight.writeOutage)}${site}; ${lost}${requests}.`,
    lack === null && secondsToWhole !== null
      ? `Everything was back ${secondsToWhole.toFixed(0)} s after the fault.`
      : `The cluster is not whole: ${lack ?? 'writes do not pass'}. Press Reprovision, and look at the Stack page.`,
  ]
  if (verdict === 'slow') parts.push(`That is longer than the ${limit} s that it should take.`)
  if (verdict === 'lost')
    parts.push(
      synchronous
        ? 'With synchronous replication none may be missing: report this with the run.'
        : 'Replication is asynchronous: the last writes before a loss can go. Synchronous replication prevents it.',
    )
  return parts.join(' ')
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
