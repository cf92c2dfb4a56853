/** Roles and timings by name. Like every module without a schema this one costs a browser next to nothing. */

/** What a user places on nodes; `base` is on every node and is never written. */
export const roles = ['etcd', 'postgres', 'balancer', 'web'] as const

/** Patroni's ttl, loop_wait and retry_timeout in seconds, etcd's in milliseconds. */
export const presets = {
  fast: { ttl: 20, loopWait: 5, retryTimeout: 5, etcdHeartbeat: 250, etcdElection: 2500 },
  standard: { ttl: 30, loopWait: 5, retryTimeout: 10, etcdHeartbeat: 250, etcdElection: 2500 },
  'slow-cards': { ttl: 60, loopWait: 10, retryTimeout: 20, etcdHeartbeat: 500, etcdElection: 5000 },
} as const
