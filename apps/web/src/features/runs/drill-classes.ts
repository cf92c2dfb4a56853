/** What each class of drill breaks, and what clients notice of it. */
import type { DrillClass } from '@bramble/cluster'

interface ClassWords {
  title: string
  /** What is done to which Pi. */
  does: string
  /** What clients may notice, in the dialog. */
  warning: string
}

export const drillClasses: Record<DrillClass, ClassWords> = {
  'primary-stop': {
    title: 'Primary stopped',
    does: 'PostgreSQL and Patroni are stopped on the primary, as if the service failed. A replica takes over.',
    warning: 'Writes are unavailable for some seconds, and open transactions are aborted.',
  },
  'primary-kill': {
    title: 'Primary killed',
    does: 'PostgreSQL is killed on the primary, as if it ran out of memory. It recovers, or a replica takes over.',
    warning: 'Writes are unavailable for some seconds, and open transactions are aborted.',
  },
  'primary-freeze': {
    title: 'Primary frozen',
    does: 'PostgreSQL and Patroni freeze on the primary, as if the card hung. A replica takes over when the lease of the primary expires.',
    warning: 'Writes are unavailable until the lease expires: up to 30 s with the standard timings.',
  },
  'network-cut': {
    title: 'Network cut',
    does: 'The primary’s Pi loses its network, as if its cable were pulled. The other Pis take over all its roles.',
    warning:
      'Writes are unavailable until the lease of the primary expires. Bramble cannot reach that Pi until the fault ends automatically.',
  },
  'balancer-lost': {
    title: 'Balancer lost',
    does: 'HAProxy and keepalived are killed on the Pi that holds the virtual IP. The other balancer takes over the address.',
    warning: 'The site and the database are unavailable for a few seconds, and open connections are closed.',
  },
  'web-lost': {
    title: 'Web node lost',
    does: 'The site and all apps are killed on one Pi. The balancers send requests to the others.',
    warning: 'A request in progress on that Pi may fail.',
  },
  'etcd-lost': {
    title: 'etcd leader lost',
    does: 'etcd is killed on its leader. The other members elect a new leader, and the primary must stay the primary.',
    warning:
      'No effect is expected. Until the fault is undone, the cluster may not survive the loss of another etcd member.',
  },
  'card-full': {
    title: 'Card full',
    does: 'All free space on the primary’s card is used up, including preallocated WAL. PostgreSQL stops and a replica takes over, or it rejects writes until there is free space.',
    warning:
      'Writes are unavailable for some seconds, or until the fault is undone. Until then, nothing else on that Pi can write either.',
  },
  'clock-skew': {
    title: 'Clock wrong',
    does: 'The primary’s clock jumps ten minutes ahead, as on a Pi that lost the time. The cluster must not be affected.',
    warning: 'Programs on that Pi see the wrong time until the fault is undone; rows get wrong timestamps.',
  },
}
