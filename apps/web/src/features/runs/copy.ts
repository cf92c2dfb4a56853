/** Texts of runs and plans. */

import type { DrillClass, JobKind, RunStatus, ServerSwitch } from '@bramble/cluster'
import type { Tone } from '@/ui/badge.tsx'
import { drillClasses } from './drill-classes.ts'
import type { LaneStatus, StepStatus } from './view.ts'

export const kinds: Record<JobKind, string> = {
  plan: 'Plan',
  provision: 'Provision',
  reprovision: 'Reprovision',
  flash: 'Flash',
  'server-switch': 'Server switch',
  switchover: 'Switchover',
  restart: 'Restart',
  reinit: 'Replica reinitialization',
  pause: 'Pause',
  resume: 'Resume',
  drill: 'Drill',
  backup: 'Backup',
  restore: 'Restore',
  'restore-drill': 'Restore test',
  update: 'Update',
  shutdown: 'Shutdown',
  'recover-quorum': 'etcd quorum recovery',
  upgrade: 'PostgreSQL upgrade',
  'upgrade-back': 'PostgreSQL upgrade rollback',
  'upgrade-finish': 'PostgreSQL upgrade cleanup',
  'certificate-renewal': 'Certificate renewal',
  'reset-password': 'Password reset',
  'delete-kept-data': 'Deletion of kept data',
  'rotate-secrets': 'Secret rotation',
  deploy: 'Deploy',
  rollback: 'Rollback',
  'restart-app': 'App restart',
  'scale-app': 'App scaling',
  'stop-app': 'App stop',
  'start-app': 'App start',
  'maintain-app': 'App maintenance',
  'remove-app': 'App removal',
  'app-command': 'Command',
}

/** `Reprovision shelf`, `Deploy of blog on shelf`, `Drill “Card full” on shelf`, `Plan pi-2, pi-3`, `Drain pi-3 in web`. */
export function runTitle(run: {
  kind: JobKind
  only: string[] | null
  cluster: string
  serverSwitch: ServerSwitch | null
  drill: DrillClass | null
  app: string | null
}): string {
  if (run.serverSwitch) return switchTitles[run.serverSwitch.state](run.serverSwitch.server, run.serverSwitch.backend)
  if (run.drill) return `${kinds.drill} “${drillClasses[run.drill].title}” on ${run.cluster}`
  if (run.app) return `${kinds[run.kind]} of ${run.app} on ${run.cluster}`
  return `${kinds[run.kind]} ${run.only ? run.only.join(', ') : run.cluster}`
}

const switchTitles: Record<ServerSwitch['state'], (server: string, backend: string) => string> = {
  ready: (server, backend) => `Put ${server} back into ${backend}`,
  drain: (server, backend) => `Drain ${server} in ${backend}`,
  maint: (server, backend) => `Maintenance of ${server} in ${backend}`,
}

export const statuses: Record<RunStatus, { label: string; tone: Tone }> = {
  queued: { label: 'Waiting for a worker', tone: 'neutral' },
  running: { label: 'Running', tone: 'info' },
  succeeded: { label: 'Succeeded', tone: 'ok' },
  partial: { label: 'Partly done', tone: 'warn' },
  failed: { label: 'Failed', tone: 'bad' },
  cancelled: { label: 'Canceled', tone: 'neutral' },
}

export const lanes: Record<LaneStatus, { label: string; tone: Tone }> = {
  waiting: { label: 'Waiting', tone: 'neutral' },
  running: { label: 'Working', tone: 'info' },
  succeeded: { label: 'Done', tone: 'ok' },
  failed: { label: 'Failed', tone: 'bad' },
  unreachable: { label: 'Unreachable', tone: 'bad' },
  cancelled: { label: 'Canceled', tone: 'neutral' },
  skipped: { label: 'Not started', tone: 'neutral' },
}

export const steps: Record<StepStatus | 'pending', { label: string; tone: Tone }> = {
  pending: { label: 'pending', tone: 'neutral' },
  running: { label: 'running', tone: 'info' },
  waiting: { label: 'waiting', tone: 'warn' },
  done: { label: 'already done', tone: 'ok' },
  changed: { label: 'changed', tone: 'ok' },
  failed: { label: 'failed', tone: 'bad' },
}

export const runList = {
  title: 'Runs',
  description: 'Every plan and every change, with its log.',
  words: 'Text in the logs',
  search: 'Search',
  cluster: 'Cluster',
  everyCluster: 'All clusters',
  kind: 'Type',
  everyKind: 'All types',
  status: 'Status',
  everyStatus: 'Any status',
  by: 'Started by',
  everybody: 'Everyone',
  when: 'When',
  whenever: 'Any time',
  periods: { '1d': 'Last 24 hours', '7d': 'Last 7 days', '30d': 'Last 30 days', '1y': 'Last year' },
  between: 'Custom range',
  from: 'From',
  to: 'To (inclusive)',
  clear: 'Clear',
  pages: 'Pages',
  newest: 'Newest',
  older: 'Older',
  chart: 'Run duration',
  chartLabel: (count: number) => `Duration of the last ${count} finished runs in seconds`,
  longest: (time: string) => `longest ${time}`,
  bar: (title: string, status: string, time: string) => `${title}: ${status.toLowerCase()} after ${time}`,
  matches: (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'line' : 'lines'}`,
  more: (count: number) => `${count.toLocaleString('en')} more in this run`,
  looked: (runs: number) => `Searched ${runs.toLocaleString('en')} ${runs === 1 ? 'run' : 'runs'}, back to`,
  lookFurther: 'Search older runs',
  noMatch: (text: string) => `No line contains “${text}”`,
  noMatchText: 'The search ignores case and matches the text exactly, including spaces.',
  noneFits: 'No run matches',
  showAll: 'Show all runs',
  none: 'No runs yet',
  noneText:
    'A run is one execution of a job on your Pis, such as a plan or a provision. Open a cluster and press Plan.',
  toClusters: 'Go to clusters',
  askedBy: (who: string) => `started by ${who}`,
}

/** After a removal whose node could not be erased. */
export const lostPi = {
  title: (node: string) =>
    `Could not erase the secrets on ${node}: its card still has keys and passwords of the cluster.`,
  text: 'If others may have the card, rotate the secrets. The old ones are useless afterwards.',
  button: 'Rotate secrets…',
} as const

/** What the page of a flash says in its own words. */
export const flashRun = {
  cards: 'Cards',
  cancelText: 'Writing stops within a second. Unfinished cards do not boot; you can flash them again.',
} as const
