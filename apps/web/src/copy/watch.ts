/** Words of the charts and of the pages made of them. */
import { duration } from '@/components/run/view.ts'

export const watch = {
  tabs: {
    label: 'Of this cluster',
    stack: 'Stack',
    postgres: 'Postgres',
    haproxy: 'HAProxy',
    nodes: 'Nodes',
    compare: 'Compare',
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
