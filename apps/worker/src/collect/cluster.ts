/** The cluster as a whole, from the states of its nodes. */
import {
  type ClusterSpec,
  type ClusterWatch,
  isSiteUp,
  isWritable,
  quorumOf,
  type Sample,
  vipHolders,
} from '@bramble/cluster'
import { flag, measured } from './reading.ts'

export function clusterSample(spec: ClusterSpec, watch: ClusterWatch): Sample {
  const present = watch.states.filter(({ trouble }) => trouble === null)
  // When no node answers, it may be the worker that is cut off: then nothing is known of the cluster.
  const known = present.length > 0
  const values = measured({
    nodesUp: present.length,
    writable: flag(isWritable(spec, watch)),
    siteUp: flag(isSiteUp(spec, watch)),
    votersHealthy: known ? quorumOf(spec, watch).healthy : null,
    replicasStreaming: known ? present.filter(({ patroni }) => patroni?.state === 'streaming').length : null,
    vipHolders: known ? vipHolders(spec, watch).length : null,
  })
  return { kind: 'cluster', node: '', name: '', values }
}
