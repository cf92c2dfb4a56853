/** Words for drills: what they prove, and their results. */
import type { DrillVerdict } from '@bramble/cluster'
import type { Tone } from '@/ui/badge.tsx'

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
