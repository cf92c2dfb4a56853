/** What happened, for the timeline and the marks on every chart. */
import { z } from 'zod'
import { NodeName } from '../names.ts'

export const TimelineKind = z.enum([
  'primary-changed',
  'primary-lost',
  'primary-back',
  'vip-moved',
  'vip-lost',
  'quorum-lost',
  'quorum-back',
  'etcd-leader-changed',
  'node-away',
  'node-back',
  'node-rebooted',
  'server-down',
  'server-up',
  'server-switched',
  'app-down',
  'app-back',
  'app-restarted',
  'deploy',
  'alert',
  'alert-over',
  'run',
])
export type TimelineKind = z.infer<typeof TimelineKind>

export const TimelineEvent = z.object({
  id: z.string(),
  /** ISO time; `until` for what lasts: a run, an alert, an outage. */
  at: z.string(),
  until: z.string().nullable(),
  kind: TimelineKind,
  level: z.enum(['good', 'info', 'warning', 'critical']),
  node: NodeName.nullable(),
  /** One sentence: `pi-3 became the primary; pi-2 was it before.` */
  words: z.string(),
  /** Where the page says more: `/runs/…`; null: nowhere. What is no path of the dashboard leads nowhere. */
  link: z
    .string()
    .regex(/^\/(?![/\\])/)
    .nullable()
    .catch(null),
})
export type TimelineEvent = z.infer<typeof TimelineEvent>
export type NewTimelineEvent = Omit<TimelineEvent, 'id'>
