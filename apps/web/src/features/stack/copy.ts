/** Texts of the drawn stack. */
import type { Role } from '@bramble/cluster'

export const roleWords: Record<Role, { label: string; does: string }> = {
  etcd: { label: 'etcd', does: 'votes on which replica is primary' },
  postgres: { label: 'postgres', does: 'primary or replica of the database' },
  balancer: { label: 'balancer', does: 'HAProxy; can hold the virtual IP' },
  web: { label: 'web', does: 'serves the site' },
}

/** Whether a Pi answered when a run last asked it. */
export const reach = {
  answered: 'Online',
  silent: 'Unreachable',
  unknown: 'Not checked yet',
  before: '(last seen ',
}

export const roleEditing = {
  spare: 'Spare: no roles',
  label: 'Pis, from top to bottom',
  menu: (node: string) => `Actions for ${node}`,
  alone: (node: string) => `Only ${node}`,
  plan: 'Plan',
  reprovision: 'Reprovision…',
  copyKey: 'Copy host key fingerprint',
  keyCopied: (node: string) => `Fingerprint of ${node} copied`,
  key: (node: string) => `Fingerprint of ${node}`,
  give: (node: string) => `Add to ${node}`,
  giveRole: (node: string) => `Add a role to ${node}`,
  move: (role: string, node: string) => `Move ${role} from ${node}`,
  take: (role: string, node: string) => `Remove ${role} from ${node}`,
  ifItDies: (loss: string) => `If it fails: ${loss.charAt(0).toLowerCase() + loss.slice(1)}`,
  title: 'Roles',
  hint: 'Drag a role to another Pi, or use + and ×. Nothing changes until you save and provision.',
  lookHint: 'The roles of each Pi.',
  moved: 'Roles moved',
  blocked: 'These roles cannot be built: see “Redundancy”.',
  unsaved: 'Changed roles are not saved yet.',
  runUnderWay: 'Another run is in progress. Save when it has ended.',
  discard: 'Discard',
  save: 'Save',
  saved: 'Roles saved',
  savedText: 'Press Plan to see what changes on the Pis.',
} as const

export const moves = {
  instructions:
    'Press space to pick up the role, the up and down arrows to choose a Pi, space to drop it, and escape to cancel.',
  picked: (role: string, node: string) => `Picked up ${role} from ${node}.`,
  over: (role: string, node: string) => `${role} is over ${node}.`,
  nowhere: 'Over no Pi.',
  dropped: (role: string, node: string) => `${role} was moved to ${node}.`,
  kept: (role: string) => `${role} stays where it was.`,
} as const

export const troubles = {
  title: 'Open problems',
  levels: { critical: 'Critical', warning: 'Warning', info: 'Info' },
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
  title: 'Redundancy',
  synchronous: 'Commits wait for a synchronous replica.',
  asynchronous: 'Commits do not wait for replicas: the last writes can be lost if the primary fails.',
  gone: 'No further failure is survived: etcd has no majority.',
  each: 'If a Pi fails',
  voters: 'etcd members',
  votes: ': online',
  silent: ': offline',
} as const

export const live = {
  headline: 'Cluster status',
} as const

export const happened = {
  title: 'Recent events',
  none: 'No events yet. Failovers, moves of the virtual IP, runs, and alerts appear here.',
  all: 'Timeline',
} as const

export const lastRun = {
  going: 'Provisioning',
  ended: (how: string) => `Last run: ${how.toLowerCase()}`,
} as const
