/** Words for the drawn stack, in one place. */
import type { Role } from '@bramble/cluster'

export const roleWords: Record<Role, { label: string; does: string }> = {
  etcd: { label: 'etcd', does: 'votes on who is primary' },
  postgres: { label: 'postgres', does: 'keeps a copy of the database' },
  balancer: { label: 'balancer', does: 'HAProxy, and the virtual IP when it is its turn' },
  web: { label: 'web', does: 'serves the site' },
}

/** Whether a Pi answered when a run last asked it. */
export const reach = {
  answered: 'Answered',
  silent: 'Does not answer',
  unknown: 'Not asked yet',
  before: '(last answer ',
}

export const roleEditing = {
  spare: 'Spare: carries no role',
  label: 'The Pis, from top to bottom',
  menu: (node: string) => `What to do with ${node}`,
  alone: (node: string) => `${node} alone`,
  plan: 'Plan',
  reprovision: 'Reprovision…',
  copyKey: 'Copy host key fingerprint',
  keyCopied: (node: string) => `Fingerprint of ${node} copied`,
  key: (node: string) => `Fingerprint of ${node}`,
  give: (node: string) => `Give ${node}`,
  giveRole: (node: string) => `Give ${node} a role`,
  move: (role: string, node: string) => `Move ${role} from ${node}`,
  take: (role: string, node: string) => `Take ${role} away from ${node}`,
  ifItDies: (loss: string) => `If it dies: ${loss.charAt(0).toLowerCase() + loss.slice(1)}`,
  title: 'Roles',
  hint: 'Drag a role to another Pi, or use + and ×. Nothing changes until it is saved and provisioned.',
  lookHint: 'What each Pi is for.',
  moved: 'Roles moved',
  blocked: 'This cannot be built: see “What it survives”.',
  unsaved: 'Roles were moved and are not saved yet.',
  runUnderWay: 'A run is under way: save when it has ended.',
  discard: 'Discard',
  save: 'Save',
  saved: 'Roles saved',
  savedText: 'Press Plan to see what changes on the Pis.',
} as const

export const moves = {
  instructions:
    'Press space to pick the role up, the up and down arrows to choose a Pi, space to drop it, escape to leave it.',
  picked: (role: string, node: string) => `Picked up ${role} from ${node}.`,
  over: (role: string, node: string) => `${role} is over ${node}.`,
  nowhere: 'Over no Pi.',
  dropped: (role: string, node: string) => `${role} was moved to ${node}.`,
  kept: (role: string) => `${role} stays where it was.`,
} as const

export const troubles = {
  title: 'What is wrong right now',
  levels: { critical: 'Critical', warning: 'Warning', info: 'Hint' },
} as const

export const figures = {
  label: 'Key figures of the last hour',
  names: {
    requests: 'Requests',
    errors: 'Errors (5xx)',
    transactions: 'Transactions',
    lag: 'Replication lag',
    hottest: 'Hottest Pi',
    fullest: 'Fullest card',
  },
  notMeasured: 'Not measured',
} as const

export const survival = {
  title: 'What it survives',
  synchronous: 'A commit waits for a second copy.',
  asynchronous: 'Replication does not wait: the last moments of writes can be lost when the primary dies.',
  gone: 'Nothing more may be lost: the database has no majority any more.',
  each: 'What happens when one dies',
  voters: 'The voters of etcd',
  votes: ': votes',
  silent: ': does not vote',
} as const

export const live = {
  headline: 'How the cluster is',
} as const

export const happened = {
  title: 'What happened last',
  none: 'Nothing yet. Failovers, moved addresses, runs and alerts will stand here.',
  all: 'Timeline',
} as const

export const lastRun = {
  going: 'Being provisioned',
  ended: (how: string) => `Last run: ${how.toLowerCase()}`,
} as const
