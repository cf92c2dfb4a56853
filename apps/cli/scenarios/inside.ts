/** What a running Bramble knows of a cluster, for a client of that cluster. `disconnect` when done. */
import { prisma } from '@bramble/db'
import { getCluster } from '@bramble/db/clusters'
import { issuedSecrets } from '@bramble/db/secrets'
import { openSecrets } from '@bramble/provision'
import type { Target } from './load.ts'
import { databaseUrlOf, type Started } from './started.ts'

/** From here on the verbs of @bramble/db speak to the database of this Bramble. */
export function lookInside(bramble: Started): void {
  process.env.DATABASE_URL = databaseUrlOf(bramble.data)
  process.env.BRAMBLE_SECRET_KEY = bramble.secretKey()
}

export async function insideOf(bramble: Started, cluster: string) {
  lookInside(bramble)
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster }, select: { id: true } })
  const found = await getCluster(cluster)
  if (!found) throw new Error(`${cluster} is not there`)
  return { spec: found.spec, secrets: openSecrets(await issuedSecrets(id)) }
}

/** Where pgbench and wrk go. */
export async function targetOf(bramble: Started, cluster: string): Promise<Target> {
  const { spec, secrets } = await insideOf(bramble, cluster)
  const { user, name: database } = spec.database
  return { address: spec.vip, user, database, password: secrets.application.reveal() }
}
