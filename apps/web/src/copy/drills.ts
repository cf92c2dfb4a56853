/** Words for drills: what each class breaks, what it proves, and what came of it. */
import type { DrillClass, DrillVerdict } from '@bramble/cluster'
import type { Tone } from '@/components/ui/badge.tsx'

interface ClassWords {
  title: string
  /** What is done to which Pi. */
  does: string
  /** What clients may notice, in the dialog. */
  warning: string
}

export const drillClasses: Record<DrillClass, ClassWords> = {
  'primary-stop': {
    title: 'Primary stopped',
    does: 'PostgreSQL and Patroni are stopped on the primary, as if the service failed. A replica takes over.',
    warning: 'Writes are unavailable for some seconds, and open transactions are aborted.',
  },
  'primary-kill': {
    title: 'Primary killed',
    does: 'PostgreSQL is killed on the primary, as if it ran out of memory. It recovers, or a replica takes over.',
    warning: 'Writes are unavailable for some seconds, and open transactions are aborted.',
  },
  'primary-freeze': {
    title: 'Primary frozen',
    does: 'PostgreSQL and Patroni freeze on the primary, as if the card hung. A replica takes over when the lease of the primary expires.',
    warning: 'Writes are unavailable until the lease expires: up to 30 s with the standard timings.',
  },
  'network-cut': {
    title: 'Network cut',
    does: 'The primary’s Pi loses its network, as if its cable were pulled. The other Pis take over all its roles.',
    warning:
      'Writes are unavailable until the lease of the primary expires. Bramble cannot reach that Pi until the fault ends automatically.',
  },
  'balancer-lost': {
    title: 'Balancer lost',
    does: 'HAProxy and keepalived are killed on the Pi that holds the virtual IP. The other balancer takes over the address.',
    warning: 'The site and the database are unavailable for a few seconds, and open connections are closed.',
  },
  'web-lost': {
    title: 'Web node lost',
    does: 'The site and all apps are killed on one Pi. The balancers send requests to the others.',
    warning: 'A request in progress on that Pi may fail.',
  },
  'etcd-lost': {
    title: 'etcd leader lost',
    does: 'etcd is killed on its leader. The other members elect a new leader, and the primary must stay the primary.',
    warning:
      'No effect is expected. Until the fault is undone, the cluster may not survive the loss of another etcd member.',
  },
  'card-full': {
    title: 'Card full',
    does: 'All free space on the primary’s card is used up, including preallocated WAL. PostgreSQL stops and a replica takes over, or it rejects writes until there is free space.',
    warning:
      'Writes are unavailable for some seconds, or until the fault is undone. Until then, nothing else on that Pi can write either.',
  },
  'clock-skew': {
    title: 'Clock wrong',
    does: 'The primary’s clock jumps ten minutes ahead, as on a Pi that lost the time. The cluster must not be affected.',
    warning: 'Programs on that Pi see the wrong time until the fault is undone; rows get wrong timestamps.',
  },
}

export const verdicts: Record<DrillVerdict, { label: string; tone: Tone }> = {
  held: { label: 'Passed', tone: 'ok' },
  slow: { label: 'Slow', tone: 'warn' },
  lost: { label: 'Writes lost', tone: 'bad' },
  // wording: allow whole
  'not-whole': { label: 'Did not recover', tone: 'bad' },
  'broken-off': { label: 'Aborted', tone: 'neutral' },
}

export const drills = {
  title: 'Drills',
  intro:
    'Each drill injects one fault on purpose, while a client writes numbered rows and loads the page through the virtual IP. The undo is scheduled on the Pi before the fault and runs automatically.',
  sync: 'Synchronous replication: no acknowledged write may be lost.',
  async: 'Asynchronous replication: the last writes before a failover can be lost. A drill counts them.',
  start: 'Run drill…',
  startLabel: (title: string) => `Drill: ${title}`,
  viewer: 'Your role is read-only. An operator can start a drill.',
  busy: 'Another run is in progress. Wait until it has ended.',
  unbuilt: 'Provision the cluster first.',
  never: 'Never run',
  last: 'Last',
  writesAway: 'Write outage',
  siteAway: 'Site outage',
  lostWrites: 'Lost',
  seconds: (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} s`),
  count: (value: number | null) => (value === null ? '–' : value.toLocaleString('en')),
  trend: (title: string) => `${title}: write outage in seconds, oldest first`,
  bar: (at: string, verdict: string, seconds: string) => `${at}: ${verdict}, write outage ${seconds}`,
  summary: {
    title: 'Expected outage',
    text: 'From all drills measured on this cluster.',
    columns: {
      class: 'Drill',
      mode: 'Replication',
      count: 'Drills',
      p50: 'Write outage p50',
      p95: 'p95',
      site: 'Site outage p95',
      lost: 'Writes lost',
      whole: 'Recovery p50',
    },
  },
  history: {
    title: 'History',
    empty: 'No drills yet. Start with the least disruptive one: Web node lost.',
    columns: {
      at: 'When',
      class: 'Drill',
      node: 'Pi',
      verdict: 'Result',
      writes: 'Write outage',
      site: 'Site outage',
      lost: 'Lost',
      failed: 'Failed requests',
      whole: 'Recovery',
      run: 'Run',
    },
    run: 'Log',
    runLabel: (at: string) => `Run of ${at}`,
  },
  modes: { sync: 'synchronous', async: 'asynchronous' },
  report: 'Report',
  formats: { md: 'Markdown, to print', csv: 'CSV', json: 'JSON' },
  dialog: {
    title: (title: string, cluster: string) => `Drill “${title}” on ${cluster}?`,
    warning: 'This disrupts a service that people may be using right now.',
    lines: (seconds: number) => [
      'It starts only when every Pi, replica, etcd member, and load balancer is online; otherwise nothing is done.',
      `The fault is undone as soon as the result is clear. The Pi undoes it after ${seconds} s at the latest, even if Bramble is not running.`,
      'Canceling the run undoes the fault at once. Nothing is erased.',
    ],
    typed: (cluster: string) => `Type ${cluster} to confirm`,
    keep: 'Cancel',
    go: 'Start drill',
    begun: 'Drill started',
    watch: 'Watch the run',
  },
  invalid: 'Invalid input.',
  invalidCure: 'Reload the page.',
  loading: 'Loading drills',
} as const
