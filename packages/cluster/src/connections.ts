/**
 * Connections of PostgreSQL on each node, and who gets them. HAProxy queues what is beyond `clients`, so that Patroni,
 * backups and monitoring always get in; one address cannot take them all.
 */
const all = 40
/** For superusers alone, as PostgreSQL itself has it. */
const reserved = 3
/** Left to Bramble's own parts besides. */
const own = 3
const clients = all - reserved - own

export const databaseConnections = {
  all,
  clients,
  /** Through one port of one balancer; the cluster's own nodes are not limited. */
  perAddress: clients - 10,
} as const
