/** Clusters, their nodes and members, connection tests, certificates. */
export { askCertificateRenewal, type CertificateDuty, certificateDuties } from './certificates.ts'
export {
  type ClusterSummary,
  type ClusterView,
  createCluster,
  getCluster,
  listClusters,
  removeCluster,
  updateSpec,
} from './clusters.ts'
export { type ArrivingNode, addNode, forgetLeft, removeNode, replaceNode } from './members.ts'
export { longUnseen, type NodeView, pinHostKey, recordSighting, setLogin } from './nodes.ts'
export {
  type ClaimedProbe,
  claimProbe,
  endProbe,
  getProbe,
  type ProbeRequest,
  type ProbeState,
  type ProbeView,
  requestProbe,
  sweepProbes,
} from './probes.ts'
export { type AskedSwitch, requestServerSwitch, standingSwitches } from './server-switches.ts'
