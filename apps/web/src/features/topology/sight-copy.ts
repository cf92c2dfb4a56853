/** What the lights and marks of a Pi on the shelf say. */
import { listed } from '@/format/words.ts'

export const marks = {
  primary: 'Primary',
  primaryWords: (node: string) => `${node} is the primary: all writes go here.`,
  replica: 'Replica',
  replicaWords: (behind: string) => `Replicates from the primary${behind && `, ${behind} behind`}.`,
  sync: 'Sync replica',
  syncWords: (behind: string) => `Has every commit before it is acknowledged${behind && `, ${behind} behind`}.`,
  noDatabase: 'No database',
  databaseState: (state: string) => `PostgreSQL is not replicating from the primary: ${state}.`,
  address: 'Virtual IP',
  addressWords: (vip: string) => `Holds ${vip}: all requests arrive here.`,
  addressTwice: (vip: string, holders: readonly string[]) =>
    `${vip} is held by ${listed(holders)} at once: requests go to either.`,
  standby: 'Standby',
  standbyWords: 'HAProxy runs and takes the virtual IP if the other load balancer fails.',
  noBalancer: 'No HAProxy',
  halfBalancer: 'Half a load balancer',
  halfWords: (service: string, why: string, holds: boolean) =>
    `${service} is not responding (${why}). ${holds ? 'This Pi holds the virtual IP because no other load balancer has both services.' : 'The virtual IP goes to a load balancer that has both services.'}`,
  leader: 'etcd leader',
  leaderWords: 'Leader of the etcd members.',
  voter: 'etcd',
  voterWords: 'etcd member: votes on which replica is primary.',
  noVote: 'etcd down',
  web: 'Web',
  webWords: 'Serves the site.',
  drained: 'Drained',
  drainedWords: 'Finishes open sessions and gets no new ones.',
  maint: 'Maintenance',
  maintWords: 'Manually taken out of service.',
  noWeb: 'No site',
  silent: (what: string, why: string | undefined) => `${what} is not responding${why ? `: ${why}` : '.'}`,
} as const

export const warnings = {
  undervoltage: 'Undervoltage',
  undervoltageBefore: 'Undervoltage since boot',
  throttled: 'Throttled',
  hot: (degrees: string) => `${degrees} is too hot`,
  cardReadOnly: 'The card is read-only',
  cardErrors: (count: number) => (count === 1 ? '1 card error' : `${count} card errors`),
  disk: (free: string) => `${free} free on the card`,
} as const

export const power = {
  on: 'Online',
  booting: 'Just started',
  away: 'Unreachable',
  unknown: 'Not checked yet',
} as const

export const gauges = {
  cpu: 'CPU',
  memory: 'RAM',
  temperature: 'CPU temperature',
  noSensor: 'This machine has no temperature sensor',
} as const

export const shelf = {
  title: 'Nodes',
  label: 'Pis, from top to bottom',
  editRoles: 'Edit roles',
  doneEditing: 'Back to live view',
  spare: 'Spare: no roles',
  lastAnswer: 'last seen',
  neverAnswered: 'never seen',
  card: (used: string) => `${used} of the card is used.`,
} as const
