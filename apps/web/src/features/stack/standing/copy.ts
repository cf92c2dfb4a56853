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
import { figure } from '@/format/figure.ts'
import { capital, listed, span } from '@/format/words.ts'

export const verdicts: Record<Verdict, string> = {
  unwatched: 'Waiting for the first sample',
  dark: 'All Pis unreachable',
  down: 'Down',
  'site-down': 'The site is down',
  'read-only': 'Read-only',
  changing: 'The primary is changing',
  weak: 'Up, with reduced redundancy',
  up: 'Up',
}

/** The verdict; of a look that is too old, as of then. */
export function verdictWords({ verdict, stale, age }: Standing): string {
  return stale && age !== null ? `${verdicts[verdict]}, ${span(age)} ago` : verdicts[verdict]
}

/** What is said beside the verdict. */
export function headline(standing: Standing, spec: ClusterSpec): string {
  const { verdict, primary, readOnly, failover, away, failsafe } = standing
  if (verdict === 'unwatched') return 'The worker checks a cluster every 5 seconds once it is built.'
  if (verdict === 'dark')
    return `None of the ${spec.nodes.length} Pis is reachable: they have no power, or the network between them and the worker is down.`
  if (failover && verdict === 'changing') return failoverWords(failover)
  const writer = primary === null ? null : `${primary} is the primary`
  if (verdict === 'site-down')
    return `${noSite(spec, standing)} ${writer ? `The database accepts writes: ${writer}.` : ''}`.trim()
  if (verdict === 'down') return `${noSite(spec, standing)} ${readOnly ? readOnlyWords(readOnly).because : ''}`.trim()
  if (readOnly) return readOnlyWords(readOnly).because
  if (failsafe)
    return `etcd has no majority. ${writer} still, because it reaches all replicas; no replica could take over from it now.`
  if (primary !== null && away.includes(primary))
    return `The worker cannot reach the primary, ${primary}. HAProxy still reached it at the last sample.`
  const gone = away.length > 0 ? `${listed(away)} ${away.length === 1 ? 'is' : 'are'} unreachable. ` : ''
  return `${gone}${writer ?? 'Writes succeed'}; ${survival(standing, spec)}`
}

function survival({ spof, away }: Standing, spec: ClusterSpec): string {
  if (spof.length === 0)
    return away.length > 0
      ? 'one more can fail.'
      : spec.nodes.length === 1
        ? 'there is no other Pi.'
        : 'any one Pi can fail.'
  const names = spof.map(({ node }) => node)
  const stops = [...new Set(spof.flatMap((loss) => loss.stops))]
  if (away.length > 0 && stops.length === 1)
    return `if ${names.length > 2 ? 'one more' : listed(names, 'or')} also fails, ${stopWords[stops[0]!]}.`
  if (names.length === 1) return `if ${names[0]} fails, ${listed(stops.map((stop) => stopWords[stop]))}.`
  return `the loss of ${listed(names, 'or')} would cause an outage.`
}

const noSite = (spec: ClusterSpec, { holders }: Standing): string =>
  holders.length === 0 ? `No load balancer holds ${spec.vip}.` : 'No web server behind the virtual IP is responding.'

const stopWords: Record<Stop, string> = {
  address: 'the virtual IP becomes unreachable',
  database: 'the database becomes unavailable',
  writes: 'the database becomes read-only',
  site: 'the site returns 503',
}

/** What would happen if this one failed. */
export function lossWords(loss: Loss, voters: number): string {
  const { node, stops, left } = loss
  if (stops.length > 0) return `${capital(listed(stops.map((stop) => stopWords[stop])))} until ${node} returns.`
  const holds: string[] = []
  if (loss.roles.includes('balancer')) holds.push('another load balancer takes the virtual IP')
  if (loss.roles.includes('postgres')) holds.push('a replica takes over if the primary was here')
  if (loss.roles.includes('etcd')) holds.push(`${left.etcd} of ${voters} etcd members keep the majority`)
  if (loss.roles.includes('web'))
    holds.push(`${left.web} web ${left.web === 1 ? 'node serves' : 'nodes serve'} the site`)
  return holds.length === 0 ? 'No effect.' : `${capital(listed(holds))}.`
}

/** The sentence over the shelf of a cluster that is not built or being changed: what the spec alone promises. */
export function promise(losses: readonly Loss[], nodes: number): string {
  if (losses.length === 0) return 'The cluster survives the loss of any one Pi.'
  const [first] = losses
  if (losses.length === 1 && first)
    return `If ${first.node} fails, ${listed(first.stops.map((stop) => stopWords[stop]))} until ${first.node} returns.`
  return `${losses.length} of ${nodes} Pis are single points of failure: ${losses.map(({ node }) => node).join(', ')}.`
}

/** The same by what works right now. */
export function promiseNow(losses: readonly Loss[], nodes: number): string {
  if (losses.length === 0) return promise(losses, nodes)
  const stops = [...new Set(losses.flatMap((loss) => loss.stops))]
  const names = losses.map(({ node }) => node)
  return `If ${listed(names, 'or')} fails now, ${listed(stops.map((stop) => stopWords[stop]))}.`
}

/** "3 etcd members, majority 2: survives the loss of 1." */
export function quorumPlan(voters: number, needed: number): string {
  if (voters === 0) return 'No etcd member: no primary can be elected.'
  if (voters === 1) return 'Only one etcd member: its loss is not survived.'
  const spare = voters - needed
  return `${voters} etcd members, majority ${needed}: ${spare === 0 ? 'no loss is survived' : `survives the loss of ${spare}`}.`
}

/** "2 of 3 etcd members are healthy: losing one more makes the database read-only." `holds`: those that are healthy decide. */
export function quorumNow({ healthy, voters, needed, holds }: Omit<Quorum, 'leader'>): string {
  const spare = healthy - needed
  const of = `${healthy} of ${voters} etcd members ${healthy === 1 ? 'is' : 'are'} healthy`
  if (spare < 0 && holds) return `${of} and continues without the others: losing it makes the database read-only.`
  if (spare < 0) return `${of}, and a majority needs ${needed}: no primary can be elected.`
  if (spare === 0) return `${of}: losing one more makes the database read-only.`
  return `${of}: ${spare === 1 ? 'one more' : `${spare} more`} can fail.`
}

/** Why, and what comes next or what to do. */
export function readOnlyWords(cause: ReadOnlyCause): { because: string; next: string } {
  switch (cause.code) {
    case 'nobody-answers':
      return {
        because: `All Pis with the database are unreachable: ${listed(cause.nodes)}.`,
        next: 'Check their power and the network switch. A primary is elected when a majority of the etcd members is back.',
      }
    case 'quorum':
      return {
        because: `etcd has ${cause.healthy} of ${cause.voters} members online and needs ${cause.needed} to elect a primary.`,
        next: `Bring back ${listed(cause.missing, 'or')}: with ${cause.needed} members online, the database accepts writes again automatically.`,
      }
    case 'disk-full':
      return {
        because: `The card of ${cause.node} is full: ${figure(cause.free, 'bytes')} free. PostgreSQL stops when it cannot write its WAL.`,
        next: 'Free space on it, or disconnect its power so that a replica with free space takes over.',
      }
    case 'card-read-only':
      return {
        because: `The card of ${cause.node} failed and is mounted read-only.`,
        next: 'Disconnect its power so that a replica takes over, then replace the card.',
      }
    case 'paused':
      return {
        because: 'Patroni is paused and there is no primary. No primary is elected during a pause.',
        next: 'Resume Patroni in the menu Operate.',
      }
    case 'first-start':
      return {
        because: 'There is no primary yet: Patroni is starting.',
        next: 'The first start takes a minute. If this persists, press Reprovision: the plan shows what is missing.',
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
        because: 'The database runs, but no load balancer holds the virtual IP, so clients cannot reach it.',
        next: 'Check HAProxy and keepalived on the load balancers. Reprovision starts both again.',
      }
    case 'not-routed':
      return {
        because: `${cause.primary} is the primary, but HAProxy${cause.balancer ? ` on ${cause.balancer}` : ''} marks it as down.`,
        next: 'The health check of Patroni fails. Press Plan to check the firewall and the certificates.',
      }
  }
}

const unfitWords: Record<Unfit, string> = {
  away: 'is unreachable',
  'not-running': 'does not run PostgreSQL',
  behind: 'is more than 1 MB behind',
  'not-synchronous': 'may lack the last commits',
}

/** What is going on, in the second it is read. */
export function failoverWords(failover: Failover): string {
  switch (failover.phase) {
    case 'silent': {
      const { primary, silentFor, leaseEnds, heirs } = failover
      const quiet = `The primary, ${primary}, has been unreachable for ${span(silentFor)}`
      if (heirs.length === 0) return `${quiet}, and no replica can take over: it has to come back.`
      if (leaseEnds < 1) return `${quiet}; its lease should have expired, and ${takers(heirs)}.`
      return `${quiet}; its lease expires in at most ${span(leaseEnds)}, then ${takers(heirs)}.`
    }
    case 'restarting':
      return `PostgreSQL on the primary, ${failover.primary}, has been down (${failover.state}) for ${span(failover.since)}; Patroni restarts it there.`
    case 'electing':
      return `${failover.primary ? `The lease of ${failover.primary} has expired. ` : ''}${failover.heirs.length === 1 ? `${listed(failover.heirs)} prepares to take over` : `${listed(failover.heirs)} elect the next primary`}: for ${span(failover.since)}, usually within ${span(failover.expected)}.`
    case 'promoting':
      return `${failover.heir} was elected and is being promoted${failover.primary ? `; ${failover.primary} was the primary before` : ''}.`
    case 'stuck':
      return stuckWords(failover)
    case 'over':
      return `${failover.primary} took over from ${failover.before} ${span(failover.since)} ago. No primary for ${span(failover.gap)}.`
  }
}

const takers = (heirs: readonly string[]) => `${listed(heirs, 'or')} takes over`

function stuckWords({ because, unfit, since, primary }: Extract<Failover, { phase: 'stuck' }>): string {
  if (because === 'quorum') return `No primary for ${span(since)}: etcd has no majority, so none can be elected.`
  if (because === 'paused') return `No primary for ${span(since)}: Patroni is paused, so none is elected.`
  const others = Object.entries(unfit).map(([node, why]) => `${node} ${unfitWords[why]}`)
  const rest = others.length > 0 ? listed(others) : 'there is no replica'
  return `No primary for ${span(since)}, and no replica can take over: ${rest}.${primary ? ` Bring ${primary} back.` : ''}`
}

/** What happens next automatically. */
export function failoverNext(failover: Failover): string {
  switch (failover.phase) {
    case 'silent':
      return 'Writes wait until then; reads continue. Failover is automatic: you do not have to do anything.'
    case 'restarting':
      return 'If it does not start there, a replica takes over when the lease expires.'
    case 'electing':
    case 'promoting':
      return 'HAProxy then routes port 5000 to it within 2 seconds.'
    case 'stuck':
      return 'Running replicas still serve reads.'
    case 'over':
      return `${failover.before} rejoins automatically when it returns.`
  }
}

/** Beside a status that is too old. */
export const staleWords = 'Not updated since. Check that the worker runs.'
