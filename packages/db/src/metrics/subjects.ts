/** Who is measured in a cluster. */
import { type Subject, SubjectKind } from '@bramble/cluster'
import { pool } from '../store/connection.ts'
import { findCluster } from '../store/ids.ts'

/** Everybody of whom the cluster (name or id) has measures; also nodes that have left it. Refusal `cluster-unknown`. */
export async function listSubjects(cluster: string): Promise<Subject[]> {
  const { id } = await findCluster(cluster)
  return (await subjectsOf(id)).map(({ kind, node, name }) => ({ kind, node, name }))
}

export interface KnownSubject extends Subject {
  id: number
  /** Its node belongs to the cluster now. */
  present: boolean
}

/** By kind, then node (`pi-2` before `pi-10`), then name. */
export async function subjectsOf(clusterId: string): Promise<KnownSubject[]> {
  const { rows } = await pool().query<KnownSubject>(
    `select id, kind, node, name, node = '' or exists (
       select from node where node.cluster_id = watch_subject.cluster_id and node.name = watch_subject.node) as present
     from watch_subject where cluster_id = $1`,
    [clusterId],
  )
  const kinds = SubjectKind.options
  return rows
    .filter(({ kind }) => kinds.includes(kind))
    .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || byName(a.node, b.node) || byName(a.name, b.name))
}

const collator = new Intl.Collator('en', { numeric: true })
const byName = (a: string, b: string) => collator.compare(a, b)
