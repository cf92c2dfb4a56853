/** What the nodes of a cluster say about it as a whole. */

/** A member of etcd. */
export interface EtcdMember {
  /** Decimal, 64 bits: a number would lose digits. */
  id: string
  /** Empty until it was started for the first time. */
  name: string
  /** `https://address:2380` */
  peer: string
  learner: boolean
  /** True while it has not published where its clients reach it: its etcd has not run yet. */
  unstarted?: boolean
}

/** How a cluster that serves looks from its nodes. */
export interface Pulse {
  /** Node name of the primary; null: none is running. */
  primary: string | null
  /** Major version of PostgreSQL that the primary runs, else a replica; null: none answers. */
  postgresMajor: number | null
  /** Node names of replicas that stream, are not far behind, and stay replicas. */
  streaming: readonly string[]
  /** Replicas that stream and are to give their copy away: never the next primary. */
  departing: readonly string[]
  /** Of `streaming`: the ones that have every acknowledged commit, when replication is synchronous. */
  synchronous: readonly string[]
  /** Node names whose etcd member answers as healthy. */
  voters: readonly string[]
  /** etcd's members as a majority of them says; null: there is no majority, or no etcd yet. */
  members: readonly EtcdMember[] | null
  /** Nodes that answer and have not taken on yet what the spec gives them. */
  joining: readonly string[]
  /** Nodes that answer and have no store of etcd: a member that is named after one of them died with its card. */
  storeless: readonly string[]
  /** A node has a store and a database from before: this cluster served once. */
  lived: boolean
}
