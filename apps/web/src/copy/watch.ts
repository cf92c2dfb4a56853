/** Words of the charts and of the pages made of them. */
import { duration } from '@/components/run/view.ts'

export const watch = {
  tabs: {
    label: 'Of this cluster',
    stack: 'Stack',
    apps: 'Apps',
    postgres: 'Postgres',
    haproxy: 'HAProxy',
    nodes: 'Nodes',
    compare: 'Compare',
    drills: 'Drills',
    backups: 'Backups',
    timeline: 'Timeline',
  },
  pulse: {
    live: 'Live',
    connecting: 'Connecting',
    lost: 'Connection lost, trying again',
    never: 'Not watched yet',
    late: (seconds: number) => `Nothing measured for ${duration(Math.round(seconds))}`,
  },
} as const

/** Around every chart. */
export const chart = {
  notMeasured: 'not measured',
  upTo: (highest: string) => `up to ${highest}`,
  more: (count: number) => `and ${count} more`,
  time: 'Time',
  tableOf: (title: string) => `${title} as a table`,
  slider: (title: string) => `${title}: moment`,
  sliderRest: 'Arrow keys move through time, plus and minus zoom, Enter opens what happened there.',
  legendHint: 'Click hides or shows. Double click, or Shift and click: this one alone.',
  menu: (title: string) => `More about ${title}`,
  asTable: 'Show as a table',
  asChart: 'Show as a chart',
  compare: 'Compare nodes',
  copyMoment: 'Copy link to this moment',
  link: 'Link to this moment',
  copied: 'Link copied',
  lane: (label: string, state: string, changes: number) =>
    `${label}: ${state}${changes === 0 ? '' : changes === 1 ? ', changed once' : `, changed ${changes} times`}.`,
  failed: 'This chart could not be loaded',
  retry: 'Try again',
  empty: {
    title: 'No samples yet',
    text: 'The first arrive 5 s after the worker begins to watch. It watches a cluster that was provisioned, as long as ./bramble up runs.',
  },
  emptyThen: {
    title: 'Nothing was measured then',
    text: 'Nobody watched at that time, or it is longer ago than samples are kept: a year.',
  },
} as const

export const ranges = {
  label: 'Time that the charts show',
  span: 'Span',
  spans: {
    '15m': 'The last 15 minutes',
    '1h': 'The last hour',
    '6h': 'The last 6 hours',
    '1d': 'The last day',
    '7d': 'The last 7 days',
    '30d': 'The last 30 days',
    '1y': 'The last year',
  },
  back: 'Half a window back',
  forth: 'Half a window forth',
  wider: 'Twice the time',
  pause: 'Pause',
  pauseHint: 'Hold the charts still',
  resume: 'Go live',
  resumeHint: 'Follow what happens now',
  copy: 'Copy link to this moment',
  custom: 'From and to by hand',
  from: 'From',
  to: 'To',
  show: 'Show',
  wrong: 'The end must be a minute or more after the beginning.',
  zone: (name: string) => `In your time zone, ${name}.`,
} as const
