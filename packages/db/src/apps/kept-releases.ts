/** For the worker: what it needs to serve a release again, encrypted because the environment is part of it. */
import { AppName, ReleaseDigest } from '@bramble/cluster'
import { z } from 'zod'
import { readSealed, storeSecret } from '../secrets/secrets.ts'
import { prisma } from '../store/connection.ts'
import { appSecrets } from './environments.ts'

const KeptRelease = z.object({
  /** All values but DATABASE_URL. */
  environment: z.record(z.string(), z.string()),
  /** SHA-256 of the environment's file on the nodes. */
  environmentDigest: ReleaseDigest,
  /** Digest of what serves: that of the build, or of the upload when nothing was built. */
  served: ReleaseDigest,
})
export type KeptRelease = z.infer<typeof KeptRelease>

/** `digest`: of the upload. */
export async function keepRelease(clusterId: string, app: string, digest: string, kept: KeptRelease): Promise<void> {
  const name = `${AppName.parse(app)}/${ReleaseDigest.parse(digest)}`
  await storeSecret(prisma(), clusterId, 'app-release', name, JSON.stringify(KeptRelease.parse(kept)))
}

/** By the digest of the upload. */
export async function keptReleases(clusterId: string, app: string): Promise<Map<string, KeptRelease>> {
  const all = Object.entries(await readSealed(clusterId, 'app-release'))
  const own = all.filter(([name]) => name.startsWith(`${app}/`))
  return new Map(own.map(([name, text]) => [name.slice(app.length + 1), KeptRelease.parse(JSON.parse(text))]))
}

/** Keeps only these, named by the digests of their uploads. */
export async function pruneReleases(clusterId: string, app: string, keep: readonly string[]): Promise<void> {
  const names = keep.map((digest) => `${app}/${digest}`)
  await prisma().secret.deleteMany({
    where: { clusterId, purpose: 'app-release', name: { startsWith: `${app}/`, notIn: names } },
  })
}

/** For redaction: values of its secret variables, of the environments of its kept releases, and its database's password. */
export async function appSecretValues(clusterId: string, app: string): Promise<string[]> {
  const environments = [...(await keptReleases(clusterId, app)).values()].map(({ environment }) => environment)
  const values = [await appSecrets(clusterId, app), ...environments].flatMap((one) => Object.values(one))
  const password = (await readSealed(clusterId, 'app-password'))[app]
  return [...new Set([...values, ...(password === undefined ? [] : [password])])]
}

/** The password of the app's database role; made when it is asked for first. */
export async function appPassword(clusterId: string, app: string, make: () => string): Promise<string> {
  const known = (await readSealed(clusterId, 'app-password'))[app]
  if (known !== undefined) return known
  const made = make()
  await storeSecret(prisma(), clusterId, 'app-password', app, made)
  return made
}
