/** Where a node's own certificate lies: with it Bramble asks the services of the node. */
export const caPath = '/etc/bramble/ca.crt'
export const certificatePath = '/etc/bramble/node.crt'
/** Root's copy of the private key. */
export const keyPath = '/etc/bramble/node.key'

/** Options of an `http` fact that talks to a service of the cluster. */
export const identity = { ca: caPath, cert: certificatePath, key: keyPath } as const
