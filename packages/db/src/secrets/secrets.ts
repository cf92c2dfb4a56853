/** What a cluster keeps secret: what Bramble issued for it, and the logins of nodes that do not have its key yet. */
import { Wifi } from '@bramble/cluster'
import { z } from 'zod'
import type { Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { placeOf, shownOf } from './sealed-places.ts'
import { seal, unseal } from './sealing.ts'

/** How to sign in to a node as the spec's SSH user. */
export const NodeLogin = z.union([
  z.strictObject({ password: z.string().min(1).max(1024) }),
  z.strictObject({ privateKey: z.string().min(1).max(16_384) }),
])
export type NodeLogin = z.infer<typeof NodeLogin>

/**
 * `app`: a variable of an app, `<app>/<NAME>`. `app-release`: see `apps/kept-releases.ts`. `app-password`: of its database.
 * `app-git`: `<app>/key` and `<app>/token` of its repository. `app-registry`: `<app>/password` of the registry of its image.
 */
type Purpose =
  | 'issued'
  | 'login'
  | 'wifi'
  | 'source'
  | 'app'
  | 'app-release'
  | 'app-password'
  | 'app-git'
  | 'app-registry'

/** A row of the table, sealed. */
export async function sealedRow(clusterId: string, purpose: Purpose, name: string, text: string) {
  const sealed = await seal(text, placeOf.secret(clusterId, purpose, name))
  return { clusterId, purpose, name, sealed, shown: shownOf(purpose, name, text) }
}

/** Writes the secret, or the new one in its place. */
export async function storeSecret(
  tx: Pick<Transaction, 'secret'>,
  ...secret: Parameters<typeof sealedRow>
): Promise<void> {
  const { sealed, shown, ...key } = await sealedRow(...secret)
  const where = { clusterId_purpose_name: key }
  await tx.secret.upsert({ where, create: { ...key, sealed, shown }, update: { sealed, shown } })
}

export async function readSealed(
  clusterId: string,
  purpose: Purpose,
  client: Pick<Transaction, 'secret'> = prisma(),
): Promise<Record<string, string>> {
  const rows = await client.secret.findMany({ where: { clusterId, purpose } })
  return Object.fromEntries(
    rows.map((row) => [row.name, unseal(row.sealed, placeOf.secret(clusterId, purpose, row.name))]),
  )
}

/** What `issueSecrets` of the engine made, by name. */
export function issuedSecrets(clusterId: string): Promise<Record<string, string>> {
  return readSealed(clusterId, 'issued')
}

/**
 * Lets `issue` complete what is kept, and stores that. Two that issue for one cluster at the same time take turns, and the
 * second is given what the first has stored: its cards and nodes get the same keys.
 */
export async function issueFor(
  clusterId: string,
  issue: (kept: Record<string, string>) => Promise<Record<string, string>>,
): Promise<Record<string, string>> {
  const kept = await issuedSecrets(clusterId)
  const issued = await issue(kept)
  if (changesOf(kept, issued).length === 0) return issued
  const work = async (tx: Transaction) => {
    await tx.$queryRaw`select id from cluster where id = ${clusterId}::uuid for update`
    const now = await readSealed(clusterId, 'issued', tx)
    const next = await issue(now)
    await write(tx, clusterId, now, next)
    return next
  }
  // A rotation issues and seals every certificate of the cluster in one go.
  return prisma().$transaction(work, { timeout: 30_000 })
}

/** Writes what changed and removes what is no longer issued. */
export async function storeIssuedSecrets(clusterId: string, issued: Readonly<Record<string, string>>): Promise<void> {
  await prisma().$transaction(async (tx) => write(tx, clusterId, await readSealed(clusterId, 'issued', tx), issued))
}

type Issued = Readonly<Record<string, string>>

const changesOf = (before: Issued, after: Issued): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name])

async function write(tx: Transaction, clusterId: string, before: Issued, after: Issued): Promise<void> {
  for (const name of changesOf(before, after)) {
    const text = after[name]
    if (text === undefined) await tx.secret.deleteMany({ where: { clusterId, purpose: 'issued', name } })
    else await storeSecret(tx, clusterId, 'issued', name, text)
  }
}

/** The logins still kept, by node. */
export async function nodeLogins(clusterId: string): Promise<Record<string, NodeLogin>> {
  const texts = await readSealed(clusterId, 'login')
  return Object.fromEntries(Object.entries(texts).map(([node, text]) => [node, NodeLogin.parse(JSON.parse(text))]))
}

/** Bramble's own key is on the nodes: what people typed in is forgotten. */
export async function forgetLogins(clusterId: string, nodes: readonly string[]): Promise<void> {
  await prisma().secret.deleteMany({ where: { clusterId, purpose: 'login', name: { in: [...nodes] } } })
}

const wifiName = 'wifi'
const Shown = z.object({ ssid: z.string(), country: z.string() })

/** The Wi-Fi that nodes of the cluster join; null when none was given. */
export async function clusterWifi(clusterId: string): Promise<Wifi | null> {
  const { [wifiName]: text } = await readSealed(clusterId, 'wifi')
  return text === undefined ? null : Wifi.parse(JSON.parse(text))
}

export async function storeWifi(tx: Transaction, clusterId: string, wifi: Wifi): Promise<void> {
  await storeSecret(tx, clusterId, 'wifi', wifiName, JSON.stringify(wifi))
}

/** For the page: which network is kept, without its password. */
export async function keptWifi(cluster: string): Promise<{ ssid: string; country: string } | null> {
  const row = await prisma().secret.findFirst({
    where: { cluster: { name: cluster }, purpose: 'wifi', name: wifiName },
  })
  return row?.shown ? Shown.parse(JSON.parse(row.shown)) : null
}
