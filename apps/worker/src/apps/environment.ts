/** What the processes of an app get: plain values of the cluster's settings, secret ones of the database, its own database. */
import { createHash, randomBytes } from 'node:crypto'
import type { AppSpec, ClusterSpec } from '@bramble/cluster'
import { appPassword, appSecrets } from '@bramble/db/apps'
import { databaseUrl, Secret } from '@bramble/provision'
import { environmentFile } from '@bramble/provision/serving'

export type Environment = Readonly<Record<string, string>>

/** Without DATABASE_URL. */
export async function environmentOf(clusterId: string, app: AppSpec): Promise<Environment> {
  return { ...app.environment, ...(await appSecrets(clusterId, app.name)) }
}

/** Null: the app has no database. */
export async function databasePasswordOf(clusterId: string, app: AppSpec): Promise<Secret | null> {
  if (!app.database) return null
  return new Secret(await appPassword(clusterId, app.name, () => randomBytes(24).toString('base64url')))
}

/** The file on the nodes whose SHA-256 is `digest`; null: these values make another one. */
export async function environmentFileOf(
  cluster: { id: string; spec: ClusterSpec },
  app: AppSpec,
  environment: Environment,
  digest: string,
): Promise<string | null> {
  const password = await databasePasswordOf(cluster.id, app)
  const full = password ? { ...environment, DATABASE_URL: databaseUrl(cluster.spec, app, password) } : environment
  const content = environmentFile(full)
  return createHash('sha256').update(content).digest('hex') === digest ? content : null
}
