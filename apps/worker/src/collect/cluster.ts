/** The cluster as a whole, from the states of its nodes. */
import {
  answers,
  type ClusterSpec,
  type ClusterWatch,
  nodesWith,
  quorumOf,
  type Sample,
  sitePasses,
  vipHolders,
  writesPass,
} from '@bramble/cluster'
import { flag, measured } from './reading.ts'

/**
 * When nobody who could tell answers, it may be the worker that is cut off: then nothing is known.
 * `openAlerts`: null when it is not known.
 */
export function clusterSample(spec: ClusterSpec, watch: ClusterWatch, openAlerts: number | null): Sample {
  const present = spec.nodes.filter(({ name }) => answers(watch, name)).length
  const known = present > 0
  const balanced = nodesWith(spec, 'balancer').some(({ name }) => answers(watch, name))
  const values = measured({
    nodesUp: present,
    openAlerts,
    writable: balanced ? flag(writesPass(spec, watch)) : null,
    siteUp: balanced ? flag(sitePasses(spec, watch)) : null,
    vipHolders: balanced ? vipHolders(spec, watch).length : null,
    votersHealthy: known ? quorumOf(spec, watch).healthy : null,
    replicasStreaming: known ? watch.states.filter(({ patroni }) => patroni?.state === 'streaming').length : null,
  })
  return { kind: 'cluster', node: '', name: '', values }
}

/** Says with a balancer's machine whether it carries the virtual IP: only the spec knows which address that is. */
export function withVip(spec: ClusterSpec, watch: ClusterWatch, samples: readonly Sample[]): Sample[] {
  const balancers = new Set(nodesWith(spec, 'balancer').map(({ name }) => name))
  const holders = vipHolders(spec, watch)
  return samples.map((sample) =>
    sample.kind === 'node' && balancers.has(sample.node)
      ? { ...sample, values: { ...sample.values, holdsVip: holders.includes(sample.node) ? 1 : 0 } }
      : sample,
  )
}
