/** Paths on the nodes that more than one part of apps names. */

/** Whom a client of the cluster's PostgreSQL trusts; every app can read it, and none can read /etc/bramble. */
export const databaseAuthorityPath = '/usr/local/share/bramble/cluster-ca.crt'

/** What builds keep for the next one, by app, on the node that built. */
export const buildCaches = '/var/cache/bramble-build'
