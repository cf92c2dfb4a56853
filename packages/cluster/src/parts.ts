/** Parts of a node that can be restarted by themselves, and the role that brings them; `node` is the whole Pi. */
export const partRoles = {
  postgres: 'postgres',
  etcd: 'etcd',
  haproxy: 'balancer',
  'haproxy-postgres': 'balancer',
  keepalived: 'balancer',
  site: 'web',
  node: null,
} as const
export const restartParts = Object.keys(partRoles) as (keyof typeof partRoles)[]
