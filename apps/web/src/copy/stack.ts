/** Words for the drawn stack, in one place. */
import type { Role } from '@bramble/cluster'

export const roleWords: Record<Role, { label: string; does: string }> = {
  etcd: { label: 'etcd', does: 'votes on who is primary' },
  postgres: { label: 'postgres', does: 'keeps a copy of the database' },
  balancer: { label: 'balancer', does: 'HAProxy, and the virtual IP when it is its turn' },
  web: { label: 'web', does: 'serves the site' },
}

export const reach = {
  answered: 'Answered',
  silent: 'Does not answer',
  unknown: 'Not asked yet',
}
