/** The newest figures of every cluster, for programs that keep their own history. */
import { metricNames, type Subject, SubjectKind } from '@bramble/cluster'
import { pool } from '../store/connection.ts'

/** Seconds after which a figure says nothing about now. */
const fresh = 60

export interface Figure extends Subject {
  /** Name of the cluster. */
  cluster: string
  /** By measure; what was not measured is not there. */
  values: Record<string, number>
}

export interface Look {
  cluster: string
  /** Seconds since the newest look at a node of the cluster. */
  age: number
  /** The nodes looked at within the last minute: whether they answered. */
  nodes: { node: string; up: boolean }[]
}

/** Each subject's last sample of the last minute, and when each watched cluster was looked at last. */
export async function readFigures(): Promise<{ figures: Figure[]; looks: Look[] }> {
  const [samples, looks] = await Promise.all([
    pool().query<Subject & { cluster: string; measured: (number | null)[] }>(
      `select cluster.name as cluster, kind, node, subject.name, measured
       from watch_subject subject join cluster on cluster.id = cluster_id, lateral (
         select measured from history.sample_raw
         where sample_raw.subject = subject.id and at > now() - make_interval(secs => $1)
         order by at desc limit 1) as sample
       order by cluster.name, kind, node, subject.name`,
      [fresh],
    ),
    pool().query<Look>(
      `select cluster.name as cluster, greatest(0, extract(epoch from now() - max(at)))::float8 as age,
         coalesce(json_agg(json_build_object('node', node.name, 'up', state -> 'trouble' = 'null') order by node.name)
           filter (where at > now() - make_interval(secs => $1)), '[]') as nodes
       from node_state join cluster on cluster.id = cluster_id
         join node on node.cluster_id = cluster.id and node.name = node_state.node
       group by cluster.name order by cluster.name`,
      [fresh],
    ),
  ])
  return { figures: samples.rows.flatMap(figureOf), looks: looks.rows }
}

function figureOf({ measured, ...row }: Subject & { cluster: string; measured: (number | null)[] }): Figure[] {
  if (!SubjectKind.options.includes(row.kind)) return []
  const names = metricNames(row.kind)
  const known = measured.flatMap((value, place) => (value === null || !names[place] ? [] : [[names[place], value]]))
  return [{ ...row, values: Object.fromEntries(known) as Record<string, number> }]
}
