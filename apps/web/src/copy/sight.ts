/** What the lights and marks of a Pi on the shelf say. */
import { listed } from './words.ts'

export const marks = {
  primary: 'Primary',
  primaryWords: (node: string) => `${node} is the primary: all writes go here.`,
  replica: 'Replica',
  replicaWords: (behind: string) => `Follows the primary${behind && `, ${behind} behind`}.`,
  sync: 'Sync replica',
  syncWords: (behind: string) => `Has every commit before it is acknowledged${behind && `, ${behind} behind`}.`,
  noDatabase: 'No database',
  databaseState: (state: string) => `PostgreSQL does not follow the primary: ${state}.`,
  address: 'Virtual IP',
  addressWords: (vip: string) => `Holds ${vip}: all requests come in here.`,
  addressTwice: (vip: string, holders: readonly string[]) =>
    `${vip} is held by ${listed(holders)} at once: requests go to either.`,
  standby: 'Standby',
  standbyWords: 'HAProxy runs and takes the virtual IP when the other balancer is gone.',
  noBalancer: 'No HAProxy',
  halfBalancer: 'Half a balancer',
  halfWords: (service: string, why: string, holds: boolean) =>
    `${service} does not answer (${why}). ${holds ? 'It holds the virtual IP because no other balancer has both services.' : 'The virtual IP goes to a balancer that has both services.'}`,
  leader: 'etcd leader',
  leaderWords: 'Leads the voters of etcd and votes.',
  voter: 'etcd',
  voterWords: 'Votes in etcd on who is primary.',
  noVote: 'No vote',
  web: 'Web',
  webWords: 'Serves the site.',
  drained: 'Drained',
  drainedWords: 'Serves whom it serves already and gets no new visitors.',
  maint: 'Maintenance',
  maintWords: 'Was taken out of the site by hand.',
  noWeb: 'No site',
  silent: (what: string, why: string | undefined) => `${what} does not answer${why ? `: ${why}` : '.'}`,
} as const

export const warnings = {
  undervoltage: 'Undervoltage',
  undervoltageBefore: 'Undervoltage since its boot',
  throttled: 'Throttled',
  hot: (degrees: string) => `${degrees} is too hot`,
  cardReadOnly: 'The card is read-only',
  cardErrors: (count: number) => (count === 1 ? '1 card error' : `${count} card errors`),
  disk: (free: string) => `${free} left on the card`,
} as const

export const power = {
  on: 'Answers',
  booting: 'Has just started',
  away: 'Does not answer',
  unknown: 'Not looked at yet',
} as const

export const gauges = {
  cpu: 'CPU',
  memory: 'RAM',
  temperature: 'Temperature of the processor',
  noSensor: 'This machine has no temperature sensor',
} as const

export const shelf = {
  title: 'On the shelf',
  label: 'The Pis, from top to bottom',
  editRoles: 'Edit roles',
  doneEditing: 'Back to the live picture',
  spare: 'Spare: carries no role',
  lastAnswer: 'last answer',
  neverAnswered: 'never answered',
  card: (used: string) => `${used} of its card is used.`,
} as const
