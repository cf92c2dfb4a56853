/** The headline of the stack, why it is read-only, and a change of the primary, in words. */
import type {
  ClusterSpec,
  Failover,
  Loss,
  Quorum,
  ReadOnlyCause,
  Standing,
  Stop,
  Unfit,
  Verdict,
} from '@bramble/cluster'
import { figure } from '@/components/chart/figure.ts'
import { capital, listed, span } from './words.ts'

export const verdicts: Record<Verdict, string> = {
  unwatched: 'Waiting for the first look',
  dark: 'No Pi answers',
  down: 'Down',
  'site-down': 'The site is down',
  'read-only': 'Read-only',
  changing: 'The primary is changing',
  weak: 'Up, but weaker than it should be',
  up: 'Up',
}

/** The verdict; of a look that is too old, as of then. */
export function verdictWords({ verdict, stale, age }: Standing): string {
  return stale && age !== null ? `${verdicts[verdict]}, ${span(age)} ago` : verdicts[verdict]
}

/** What is said beside the verdict. */
export function headline(standing: Standing, spec: ClusterSpec): string {
  const { verdict, primary, readOnly, failover, away, failsafe } = standing
  if (verdict === 'unwatched') return 'The worker looks at a cluster every 5 seconds once it is built.'
  if (verdict === 'dark')
    return `None of the ${spec.nodes.length} Pis answers: they have no power, or the network between them and the worker is broken.`
  if (failover && verdict === 'changing') return failoverWords(failover)
  const writer = primary === null ? null : `${primary} is the primary`
  if (verdict === 'site-down')
    return `${noSite(spec, standing)} ${writer ? `The database writes: ${writer}.` : ''}`.trim()
  if (verdict === 'down') return `${noSite(spec, standing)} ${readOnly ? readOnlyWords(readOnly).because : ''}`.trim()
  if (readOnly) return readOnlyWords(readOnly).because
  if (failsafe)
    return `etcd has no majority. ${writer} still, because all other copies answer it; nobody could take over from it now.`
  if (primary !== null && away.includes(primary))
    return `${primary}, the primary, does not answer the worker. HAProxy still reached it at the last look.`
  const gone = away.length > 0 ? `${listed(away)} ${away.length === 1 ? 'does' : 'do'} not answer. ` : ''
  return `${gone}${writer ?? 'Writes pass'}; ${survival(standing, spec)}`
}

function survival({ spof, away }: Standing, spec: ClusterSpec): string {
  if (spof.length === 0)
    return away.length > 0 ? 'one more may die.' : spec.nodes.length === 1 ? 'it stands alone.' : 'any one Pi may die.'
  const names = spof.map(({ node }) => node)
  const stops = [...new Set(spof.flatMap((loss) => loss.stops))]
  if (away.length > 0 && stops.length === 1)
    return `losing ${names.length > 2 ? 'one more' : listed(names, 'or')} too, ${stopWords[stops[0]!]}.`
  if (names.length === 1) return `if ${names[0]} dies, ${listed(stops.map((stop) => stopWords[stop]))}.`
  return `${listed(names)} must not die now.`
}

const noSite = (spec: ClusterSpec, { holders }: Standing): string =>
  holders.length === 0 ? `No balancer holds ${spec.vip}.` : 'No web server answers behind the virtual IP.'

const stopWords: Record<Stop, string> = {
  address: 'nothing answers on the virtual IP',
  database: 'the database is gone',
  writes: 'the database is read-only',
  site: 'the site answers 503',
}

/** What would happen if this one died. */
export function lossWords(loss: Loss, voters: number): string {
  const { node, stops, left } = loss
  if (stops.length > 0) return `${capital(listed(stops.map((stop) => stopWords[stop])))} until ${node} returns.`
  const holds: string[] = []
  if (loss.roles.includes('balancer')) holds.push('another balancer takes the virtual IP')
  if (loss.roles.includes('postgres')) holds.push('a replica becomes primary if it was here')
  if (loss.roles.includes('etcd')) holds.push(`${left.etcd} of ${voters} voters still agree`)
  if (loss.roles.includes('web'))
    holds.push(`${left.web} web ${left.web === 1 ? 'node serves' : 'nodes serve'} the site`)
  return holds.length === 0 ? 'Nobody notices.' : `${capital(listed(holds))}.`
}

/** The sentence over the shelf of a cluster that is not built or being changed: what the spec alone promises. */
export function promise(losses: readonly Loss[], nodes: number): string {
  if (losses.length === 0) return 'Any one Pi may die and the cluster keeps serving.'
  const [first] = losses
  if (losses.length === 1 && first)
    return `If ${first.node} dies, ${listed(first.stops.map((stop) => stopWords[stop]))} until ${first.node} returns.`
  return `${losses.length} of ${nodes} Pis are single points of failure: ${losses.map(({ node }) => node).join(', ')}.`
}

/** The same by what works right now. */
export function promiseNow(losses: readonly Loss[], nodes: number): string {
  if (losses.length === 0) return promise(losses, nodes)
  const stops = [...new Set(losses.flatMap((loss) => loss.stops))]
  const names = losses.map(({ node }) => node)
  return `If ${listed(names, 'or')} dies now, ${listed(stops.map((stop) => stopWords[stop]))}.`
}

/** "3 etcd voters, 2 must agree: the loss of 1 is survived." */
export function quorumPlan(voters: number, needed: number): string {
  if (voters === 0) return 'No etcd voter: no primary can be elected.'
  if (voters === 1) return 'One etcd voter decides alone: no loss is survived.'
  const spare = voters - needed
  return `${voters} etcd voters, ${needed} must agree: ${spare === 0 ? 'no loss is survived' : `the loss of ${spare} is survived`}.`
}

/** "2 of 3 voters healthy: losing one more makes the database read-only." `holds`: those that are healthy decide. */
export function quorumNow({ healthy, voters, needed, holds }: Omit<Quorum, 'leader'>): string {
  const spare = healthy - needed
  const of = `${healthy} of ${voters} etcd voters ${healthy === 1 ? 'is' : 'are'} healthy`
  if (spare < 0 && holds) return `${of} and goes on without the others: losing it makes the database read-only.`
  if (spare < 0) return `${of}, and ${needed} must agree: nobody can be elected.`
  if (spare === 0) return `${of}: losing one more makes the database read-only.`
  return `${of}: ${spare === 1 ? 'one' : spare} may still be lost.`
}

/** Why, and what comes next or what to do. */
export function readOnlyWords(cause: ReadOnlyCause): { because: string; next: string } {
  switch (cause.code) {
    case 'nobody-answers':
      return {
        because: `No Pi with a copy of the database answers: ${listed(cause.nodes)}.`,
        next: 'Look at their power and at the switch. As soon as a majority of the voters is back, a primary is elected.',
      }
    case 'quorum':
      return {
        because: `etcd has ${cause.healthy} of ${cause.voters} voters, and ${cause.needed} must agree on who is primary.`,
        next: `Bring back ${listed(cause.missing, 'or')}: with ${cause.needed} voters the database writes again by itself.`,
      }
    case 'disk-full':
      return {
        because: `The card of ${cause.node} is full: ${figure(cause.free, 'bytes')} are left, and PostgreSQL stops without room for its log.`,
        next: 'Make room on it, or take it off the power so that a replica with room takes over.',
      }
    case 'card-read-only':
      return {
        because: `The card of ${cause.node} failed and is mounted read-only.`,
        next: 'Take it off the power so that a replica takes over, then give it a new card.',
      }
    case 'paused':
      return {
        because: 'Patroni is paused, and there is no primary: while it is paused nobody is elected.',
        next: 'End the pause: press Operate, then Resume Patroni.',
      }
    case 'first-start':
      return {
        because: 'There is no primary yet: Patroni is starting.',
        next: 'The first start takes a minute. If it stays like this, press Reprovision: the plan says what is missing.',
      }
    case 'failover':
      return { because: failoverWords(cause.failover), next: failoverNext(cause.failover) }
    case 'settings':
      return {
        because: `${cause.node} is the primary, but its PostgreSQL refuses writes: default_transaction_read_only is on.`,
        next: 'Turn it off with: alter system reset default_transaction_read_only; select pg_reload_conf();',
      }
    case 'no-address':
      return {
        because: 'The database runs, but no balancer holds the virtual IP: clients do not get to it.',
        next: 'Look at HAProxy and keepalived on the balancers; Reprovision starts both again.',
      }
    case 'not-routed':
      return {
        because: `${cause.primary} is the primary, but HAProxy${cause.balancer ? ` on ${cause.balancer}` : ''} does not see it.`,
        next: 'Its check of Patroni fails: look at the firewall and the certificates with Plan.',
      }
  }
}

const unfitWords: Record<Unfit, string> = {
  away: 'does not answer',
  'not-running': 'does not run its copy',
  behind: 'is more than 1 MB behind',
  'not-synchronous': 'may lack the last commits',
}

/** What is going on, in the second it is read. */
export function failoverWords(failover: Failover): string {
  switch (failover.phase) {
    case 'silent': {
      const { primary, silentFor, leaseEnds, heirs } = failover
      const quiet = `${primary}, the primary, has not answered for ${span(silentFor)}`
      if (heirs.length === 0) return `${quiet}, and no other copy can take over: only its return helps.`
      if (leaseEnds < 1) return `${quiet}; its lease should have ended, and ${takers(heirs)}.`
      return `${quiet}; its lease ends in at most ${span(leaseEnds)}, then ${takers(heirs)}.`
    }
    case 'restarting':
      return `PostgreSQL on ${failover.primary}, the primary, is down (${failover.state}) for ${span(failover.since)}; Patroni starts it again there.`
    case 'electing':
      return `${failover.primary ? `The lease of ${failover.primary} is over. ` : ''}${capital(listed(failover.heirs))} ${failover.heirs.length === 1 ? 'makes ready' : 'agree on the next primary'}: for ${span(failover.since)}, usually within ${span(failover.expected)}.`
    case 'promoting':
      return `${failover.heir} was chosen and opens for writes${failover.primary ? `; ${failover.primary} was the primary before` : ''}.`
    case 'stuck':
      return stuckWords(failover)
    case 'over':
      return `${failover.primary} took over from ${failover.before} ${span(failover.since)} ago. The watching saw no primary for ${span(failover.gap)}.`
  }
}

const takers = (heirs: readonly string[]) => `${listed(heirs, 'or')} takes over`

function stuckWords({ because, unfit, since, primary }: Extract<Failover, { phase: 'stuck' }>): string {
  if (because === 'quorum') return `No primary for ${span(since)}: etcd has no majority, so nobody can be elected.`
  if (because === 'paused') return `No primary for ${span(since)}: Patroni is paused, so nobody is elected.`
  const others = Object.entries(unfit).map(([node, why]) => `${node} ${unfitWords[why]}`)
  const rest = others.length > 0 ? listed(others) : 'there is no second copy'
  return `No primary for ${span(since)}, and nobody can take over: ${rest}.${primary ? ` Bring ${primary} back.` : ''}`
}

/** What comes next, where something does by itself. */
export function failoverNext(failover: Failover): string {
  switch (failover.phase) {
    case 'silent':
      return 'Writes wait until then; reads go on. The other Pis decide among themselves: there is nothing to press.'
    case 'restarting':
      return 'If it does not come back there, a replica takes over when the lease ends.'
    case 'electing':
    case 'promoting':
      return 'HAProxy leads port 5000 to it within a second or two after that.'
    case 'stuck':
      return 'The database goes on serving reads where a copy runs.'
    case 'over':
      return `${failover.before} follows by itself when it is back.`
  }
}

/** Beside what is too old to be believed. */
export const staleWords = 'Nobody has looked since. Does the worker run?'
