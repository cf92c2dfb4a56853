/** How the stack is, in one verdict: the headline of its page, its card on the overview, the title of the tab. Pure. */
import { type Loss, singlePoints } from '../resilience.ts'
import type { ClusterSpec } from '../spec.ts'
import { type Failover, failoverOf, type Moment } from './failover.ts'
import { type ReadOnlyCause, runsOnFailsafe, whyReadOnly } from './read-only.ts'
import type { ClusterWatch } from './state.ts'
import { primaryOf, silentPrimary, sitePasses, vipHolders } from './summary.ts'
import { worksNow } from './works.ts'

export type Level = 'good' | 'info' | 'warning' | 'critical' | 'unknown'

export type Verdict =
  /** Nobody looked yet. */
  | 'unwatched'
  /** No node answers: the power, or the network between. */
  | 'dark'
  | 'down'
  /** Writes pass, pages do not. */
  | 'site-down'
  | 'read-only'
  /** Read-only for the moment: a change of the primary is under way. */
  | 'changing'
  /** Up, and something is wrong or would not survive. */
  | 'weak'
  | 'up'

export interface Standing {
  verdict: Verdict
  level: Level
  primary: string | null
  /** Balancers with the virtual IP. */
  holders: string[]
  readOnly: ReadOnlyCause | null
  failover: Failover | null
  /** Pis that do not answer. */
  away: string[]
  /** What would stop with the next Pi, by what works right now. `asBuilt`: it would even when all is well. */
  spof: (Loss & { asBuilt: boolean })[]
  failsafe: boolean
  /** Seconds since the newest look; null: none yet. */
  age: number | null
  /** The look is too old to be believed. */
  stale: boolean
}

/** Looks come every 5 s and take a few when a node is away; after this nobody looks any more. */
export const staleAfter = 30

export function standingOf(moment: Moment & { troubles: readonly { level: string }[] }): Standing {
  const { spec, watch, now } = moment
  const age = watch.at === null ? null : Math.max(0, (now.getTime() - Date.parse(watch.at)) / 1000)
  const readOnly = whyReadOnly(moment)
  const failover = failoverOf(moment)
  const away = watch.states.filter(({ trouble }) => trouble !== null).map(({ node }) => node)
  const spof = watch.at === null ? [] : weakPoints(spec, watch)
  const verdict = verdictOf(spec, moment, { readOnly, failover, away, spof })
  return {
    verdict,
    level: levelOf(verdict),
    primary: primaryOf(watch) ?? silentPrimary(spec, watch),
    holders: vipHolders(spec, watch),
    readOnly,
    failover,
    away,
    spof,
    failsafe: watch.at !== null && runsOnFailsafe(moment),
    age,
    stale: age !== null && age > staleAfter,
  }
}

function verdictOf(
  spec: ClusterSpec,
  { watch, troubles }: Moment & { troubles: readonly { level: string }[] },
  found: Pick<Standing, 'readOnly' | 'failover' | 'away' | 'spof'>,
): Verdict {
  if (watch.at === null) return 'unwatched'
  if (found.away.length > 0 && found.away.length === watch.states.length) return 'dark'
  const site = sitePasses(spec, watch)
  if (site === false) return found.readOnly ? 'down' : 'site-down'
  if (found.readOnly?.code === 'failover' && found.failover?.phase !== 'stuck') return 'changing'
  if (found.readOnly) return 'read-only'
  const wrong = troubles.some(({ level }) => level !== 'info') || runsOnFailsafe({ spec, watch })
  return wrong || found.away.length > 0 || found.spof.some(({ asBuilt }) => !asBuilt) ? 'weak' : 'up'
}

function weakPoints(spec: ClusterSpec, watch: ClusterWatch): Standing['spof'] {
  const planned = singlePoints(spec)
  return singlePoints(spec, worksNow(spec, watch)).map((loss) => {
    const known = planned.find(({ node }) => node === loss.node)?.stops ?? []
    return { ...loss, asBuilt: loss.stops.every((stop) => known.includes(stop)) }
  })
}

/** Red only when pages or writes do not pass: a problem that does not stop them has its own color where it is listed. */
function levelOf(verdict: Verdict): Level {
  if (verdict === 'unwatched') return 'unknown'
  if (verdict === 'up') return 'good'
  return verdict === 'weak' ? 'warning' : 'critical'
}
