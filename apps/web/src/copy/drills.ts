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
    does: 'PostgreSQL and Patroni of the primary are stopped, as by a service that fails. A replica takes over.',
    warning: 'Writes are away for some seconds, and transactions that are open are broken off.',
  },
  'primary-kill': {
    title: 'Primary killed',
    does: 'PostgreSQL of the primary gets kill -9, as by the kernel when memory runs out. It recovers or a replica takes over.',
    warning: 'Writes are away for some seconds, and transactions that are open are broken off.',
  },
  'primary-freeze': {
    title: 'Primary frozen',
    does: 'PostgreSQL and Patroni of the primary stand still and say nothing, as on a card that hangs. A replica takes over when the lease of the primary has run out.',
    warning: 'Writes are away until the lease has run out: up to half a minute with the standard timings.',
  },
  'network-cut': {
    title: 'Network cut',
    does: 'The Pi of the primary reaches nobody and is reached by nobody, as with a pulled cable. All that it does must be taken over.',
    warning:
      'Writes are away until the lease of the primary has run out. Bramble cannot reach that Pi until the cut ends by itself.',
  },
  'balancer-lost': {
    title: 'Balancer lost',
    does: 'HAProxy and keepalived die on the Pi that carries the virtual IP. The other balancer takes the address.',
    warning: 'The site and the database are away for a few seconds, and open connections are cut.',
  },
  'web-lost': {
    title: 'Web node lost',
    does: 'The site dies on one Pi. The balancers send requests to the others.',
    warning: 'A request that is under way on that Pi may fail.',
  },
  'etcd-lost': {
    title: 'etcd leader lost',
    does: 'etcd dies on the voter that leads. The others elect a new leader, and the primary must stay the primary.',
    warning: 'Nobody should notice. Until the undo the cluster bears no further loss of a voter.',
  },
  'card-full': {
    title: 'Card full',
    does: 'All free space on the card of the primary is taken, and its stock of WAL is used up. PostgreSQL stops and a replica takes over, or it refuses rows until there is room.',
    warning:
      'Writes are away for some seconds, or until the undo. Whatever else runs on that Pi cannot write either until the undo.',
  },
  'clock-skew': {
    title: 'Clock wrong',
    does: 'The clock of the primary jumps ten minutes ahead, as on a Pi that lost the time. Nothing may follow from it.',
    warning: 'Programs on that Pi see the wrong time until the undo; rows get wrong timestamps.',
  },
}

export const verdicts: Record<DrillVerdict, { label: string; tone: Tone }> = {
  held: { label: 'Held', tone: 'ok' },
  slow: { label: 'Slow', tone: 'warn' },
  lost: { label: 'Writes lost', tone: 'bad' },
  'not-whole': { label: 'Not whole', tone: 'bad' },
  'broken-off': { label: 'Broken off', tone: 'neutral' },
}

export const drills = {
  title: 'Drills',
  intro:
    'Each drill breaks one thing of this cluster on purpose, while a client writes numbered rows and loads the page through the virtual IP. The undo is armed on the Pi before the fault and comes by itself.',
  sync: 'Synchronous replication: no acknowledged write may be missing.',
  async: 'Asynchronous replication: the last writes before a loss can be missing. A drill counts them.',
  start: 'Drill…',
  startLabel: (title: string) => `Drill: ${title}`,
  viewer: 'Your role may only look. An operator can start a drill.',
  busy: 'A run is going on: a drill waits until it has ended.',
  unbuilt: 'Provision the cluster first.',
  never: 'Never drilled',
  last: 'Last',
  writesAway: 'Writes away',
  siteAway: 'Site away',
  lostWrites: 'Lost',
  seconds: (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} s`),
  count: (value: number | null) => (value === null ? '–' : value.toLocaleString('en')),
  trend: (title: string) => `${title}: seconds without a write, oldest first`,
  bar: (at: string, verdict: string, seconds: string) => `${at}: ${verdict}, writes away ${seconds}`,
  summary: {
    title: 'What to expect',
    text: 'Of all drills of this cluster that were measured.',
    columns: {
      class: 'Drill',
      mode: 'Replication',
      count: 'Drills',
      p50: 'Writes away p50',
      p95: 'p95',
      site: 'Site away p95',
      lost: 'Writes lost',
      whole: 'Whole again p50',
    },
  },
  history: {
    title: 'History',
    empty: 'Nothing yet. Begin with the one that you fear least: the web node.',
    columns: {
      at: 'When',
      class: 'Drill',
      node: 'Pi',
      verdict: 'Outcome',
      writes: 'Writes away',
      site: 'Site away',
      lost: 'Lost',
      failed: 'Failed requests',
      whole: 'Whole again',
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
    warning: 'This breaks something that people may be using right now.',
    lines: (seconds: number) => [
      'It begins only when every Pi, copy, voter and balancer is at work; otherwise nothing is done.',
      `It is undone as soon as it has shown what it shows, by the Pi itself after ${seconds} s at the latest, even when Bramble is gone.`,
      'Cancelling the run undoes it at once. Nothing is erased.',
    ],
    typed: (cluster: string) => `Type ${cluster} to confirm`,
    keep: 'Leave it',
    go: 'Start the drill',
    begun: 'The drill begins',
    watch: 'Watch the run',
  },
  invalid: 'This could not be read.',
  invalidCure: 'Load the page again.',
  loading: 'Loading the drills',
} as const
