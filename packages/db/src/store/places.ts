/** Where one can go: every cluster with its nodes, for the command palette. */
import { activeStatuses } from './active.ts'
import { pool } from './connection.ts'

export interface ClusterPlace {
  name: string
  /** In the order of the shelf. */
  nodes: string[]
  /** By name. */
  apps: string[]
  /** A run built it once. */
  built: boolean
  /** A run is going on. */
  busy: boolean
}

/** By name. */
export async function listPlaces(): Promise<ClusterPlace[]> {
  const { rows } = await pool().query<ClusterPlace>(
    `select cluster.name,
       array(select node.name from node where node.cluster_id = cluster.id order by position) as nodes,
       array(select app ->> 'name' from jsonb_array_elements(coalesce(settings::jsonb -> 'apps', '[]')) as app order by 1) as apps,
       exists(select from run where run.cluster_id = cluster.id and kind in ('provision', 'reprovision')
         and status in ('succeeded', 'partial')) as built,
       exists(select from run where run.cluster_id = cluster.id and status = any($1)) as busy
     from cluster order by cluster.name`,
    [activeStatuses],
  )
  return rows
}
