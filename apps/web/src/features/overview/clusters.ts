/** A cluster as its layout and its pages read it: once a request. */
import { buildingKinds } from '@bramble/cluster'
import { type ClusterView, getCluster } from '@bramble/db/clusters'
import { getRun, listRuns } from '@bramble/db/runs'
import { cache } from 'react'

export const readCluster = cache(getCluster)

/** Its last run that changed something, and whether it was ever built: it stays built when a later run fails. */
export const readBuilt = cache(async (cluster: ClusterView) => {
  const [last, succeeded] = await Promise.all([
    cluster.lastProvision ? getRun(cluster.lastProvision.id) : null,
    listRuns({ cluster: cluster.name, status: 'succeeded' }),
  ])
  const built = last?.status === 'partial' || succeeded.some((run) => buildingKinds.includes(run.kind))
  return { last, built }
})
