/** Words about where an app runs, and whether it does. */
import type { AppCronRun } from '@bramble/cluster'
import type { Tone } from '@/ui/badge.tsx'

const cronStates = {
  running: { label: 'Running', tone: 'info' },
  succeeded: { label: 'Succeeded', tone: 'ok' },
  failed: { label: 'Failed', tone: 'bad' },
  timeout: { label: 'Timed out', tone: 'bad' },
  lost: { label: 'Node stopped', tone: 'warn' },
} as const satisfies Record<AppCronRun['state'], { label: string; tone: Tone }>

const cronWords = {
  title: 'Scheduled commands',
  text: 'Each runs once in the cluster, on one of the nodes that serve the app. A run never starts while the last one is in progress.',
  none: 'No scheduled commands yet.',
  columns: { name: 'Name', schedule: 'Schedule', last: 'Last run', result: 'Result', node: 'Node' },
  never: 'Not yet',
  states: cronStates,
  seconds: (count: number) => `${count} s`,
  exit: (code: number) => `exit code ${code}`,
  edit: 'Edit…',
  editTitle: 'Edit scheduled commands',
  editText: [
    'One per line: name | schedule | command. The schedule has the five fields of cron, or is @hourly, @daily, @weekly, @monthly or @yearly.',
    'Restart the app to apply the change.',
  ],
  field: 'Scheduled commands',
  save: 'Save',
  badLine: (line: number) => `Line ${line} does not have the form name | schedule | command.`,
  badCure: 'Correct the line and try again.',
} as const

export const running = {
  scale: 'Scale…',
  scaleTitle: (app: string) => `Choose the nodes of ${app}`,
  scaleText:
    'What serves starts on the chosen nodes and takes over there before other nodes stop it. No request is dropped.',
  every: 'Every web node, also those that are added later',
  confirmScale: 'Scale app',
  cancel: 'Cancel',
  cron: cronWords,
  stop: 'Stop…',
  start: 'Start',
  maintenance: 'Maintenance page…',
  endMaintenance: 'End maintenance',
  change: {
    stopped: {
      title: (app: string) => `Stop ${app}?`,
      text: [
        'The app stops on every node, also across reboots, until it is started again.',
        'Its domains show a maintenance page.',
      ],
      confirm: 'Stop app',
    },
    maintenance: {
      title: (app: string) => `Show the maintenance page of ${app}?`,
      text: ['Clients get a maintenance page (HTTP 503) instead of the app.', 'The app itself keeps running.'],
      confirm: 'Show maintenance page',
    },
    running: {
      title: (app: string) => `Start ${app}?`,
      text: ['The maintenance page ends when the app answers.'],
      confirm: 'Start app',
    },
  },
} as const
