/** Texts of the charts and of the pages with charts. */
import { duration } from '@/format/duration.ts'

export const watch = {
  tabs: {
    label: 'Cluster pages',
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
    lost: 'Connection lost, reconnecting',
    never: 'Not monitored yet',
    late: (seconds: number) => `No data for ${duration(Math.round(seconds))}`,
  },
} as const

/** Around every chart. */
export const chart = {
  notMeasured: 'no data',
  upTo: (highest: string) => `up to ${highest}`,
  more: (count: number) => `and ${count} more`,
  time: 'Time',
  tableOf: (title: string) => `${title} as a table`,
  slider: (title: string) => `${title}: time`,
  sliderRest: 'Arrow keys move through time, plus and minus zoom, Enter opens the events at that time.',
  legendHint: 'Click to hide or show. Double-click, or Shift-click, to show only this one.',
  menu: (title: string) => `Actions for ${title}`,
  asTable: 'Show as a table',
  asChart: 'Show as a chart',
  compare: 'Compare nodes',
  copyMoment: 'Copy link to this time',
  link: 'Link to this time',
  copied: 'Link copied',
  lane: (label: string, state: string, changes: number) =>
    `${label}: ${state}${changes === 0 ? '' : changes === 1 ? ', changed once' : `, changed ${changes} times`}.`,
  failed: 'This chart could not be loaded',
  retry: 'Try again',
  empty: {
    title: 'No samples yet',
    text: 'The first sample arrives 5 s after monitoring starts. Bramble monitors provisioned clusters while ./bramble up runs.',
  },
  emptyThen: {
    title: 'No data for this time',
    text: 'The worker was not running at that time, or the samples were deleted: they are kept for a year.',
  },
} as const

export const ranges = {
  label: 'Time range of the charts',
  span: 'Range',
  spans: {
    '15m': 'The last 15 minutes',
    '1h': 'The last hour',
    '6h': 'The last 6 hours',
    '1d': 'The last day',
    '7d': 'The last 7 days',
    '30d': 'The last 30 days',
    '1y': 'The last year',
  },
  back: 'Back by half the range',
  forth: 'Forward by half the range',
  wider: 'Double the range',
  pause: 'Pause',
  pauseHint: 'Pause the charts',
  resume: 'Go live',
  resumeHint: 'Resume live updates',
  copy: 'Copy link to this time',
  custom: 'Custom range',
  from: 'From',
  to: 'To',
  show: 'Show',
  wrong: 'The end must be at least a minute after the start.',
  zone: (name: string) => `In your time zone, ${name}.`,
} as const
