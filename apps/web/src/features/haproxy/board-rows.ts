/** The board's rows: each server of a backend, as every balancer sees it. Pure. */
import {
  type BackendName,
  type ClusterSpec,
  type ClusterWatch,
  nodesWith,
  type ServerState,
  stateOf,
} from '@bramble/cluster'

export interface Sight {
  balancer: string
  /** Null: this balancer does not answer, or does not know the server. */
  server: ServerState | null
}

export interface BoardRow {
  server: string
  sights: Sight[]
  /** As clients meet it: by the balancer with the virtual IP, else by the first that knows. */
  status: ServerState['status'] | null
  /** It is down, and drained besides. */
  drained: boolean
  /** Of all balancers. */
  sessions: number
  /** Balancers that answer do not say the same. */
  torn: boolean
  /** No other server of the backend takes new sessions. */
  lastUp: boolean
}

/** Servers in the order of the cluster's nodes; what is not a node comes last. */
export function boardRows(
  spec: ClusterSpec,
  watch: ClusterWatch,
  backend: BackendName,
  holder: string | null,
): BoardRow[] {
  const balancers = nodesWith(spec, 'balancer').map(({ name }) => name)
  const seen = balancers.map((balancer) => ({
    balancer,
    servers: stateOf(watch, balancer)?.haproxy?.servers.filter((one) => one.backend === backend) ?? [],
  }))
  const place = (name: string) => spec.nodes.findIndex((node) => node.name === name) >>> 0
  const names = [...new Set(seen.flatMap(({ servers }) => servers.map(({ server }) => server)))]
  const rows = names
    .sort((a, b) => place(a) - place(b))
    .map((server): Omit<BoardRow, 'lastUp'> => {
      const sights = seen.map(({ balancer, servers }) => ({
        balancer,
        server: servers.find((one) => one.server === server) ?? null,
      }))
      const known = sights.flatMap((sight) => (sight.server ? [{ ...sight, server: sight.server }] : []))
      const told = known.find(({ balancer }) => balancer === holder) ?? known[0]
      return {
        server,
        sights,
        status: told?.server.status ?? null,
        drained: told?.server.drained ?? false,
        sessions: known.reduce((sum, { server: one }) => sum + one.sessions, 0),
        torn: new Set(known.map(({ server: one }) => `${one.status} ${one.drained ?? false}`)).size > 1,
      }
    })
  const takes = (row: Pick<BoardRow, 'status'>) => row.status === 'up' || row.status === 'unchecked'
  return rows.map((row) => ({
    ...row,
    lastUp: takes(row) && rows.every((other) => other === row || !takes(other)),
  }))
}

/**
 * In a backend of PostgreSQL most servers are down on purpose: a replica is no primary. What counts as trouble there is
 * another question than `down`.
 */
export function isTrouble(backend: BackendName, status: ServerState['status']): boolean {
  return status === 'down' && backend === 'web'
}
