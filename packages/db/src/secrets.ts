/** What a cluster keeps secret: what Bramble issued for it, and the logins of nodes that do not have its key yet. */
import { Wifi } from '@bramble/cluster'
import { z } from 'zod'
import type { Transaction } from './active.ts'
import { prisma } from './connection.ts'
import { seal, unseal } from './sealing.ts'

/** How to sign in to a node as the spec's SSH user. */
export const NodeLogin = z.union([
  z.strictObject({ password: z.string().min(1).max(1024) }),
  z.strictObject({ privateKey: z.string().min(1).max(16_384) }),
])
export type NodeLogin = z.infer<typeof NodeLogin>

type Purpose = 'issued' | 'login' | 'wifi' | 'source'

function place(clusterId: string, purpose: Purpose, name: string): string {
  return `secret/${clusterId}/${purpose}/${name}`
}

/** A row of the table, sealed. */
export function sealedRow(clusterId: string, purpose: Purpose, name: string, text: string) {
  return { clusterId, purpose, name, sealed: new Uint8Array(seal(text, place(clusterId, purpose, name))) }
}

export async function readSealed(clusterId: string, purpose: Purpose): Promise<Record<string, string>> {
  const rows = await prisma().secret.findMany({ where: { clusterId, purpose } })
  return Object.fromEntries(rows.map((row) => [row.name, unseal(row.sealed, place(clusterId, purpose, row.name))]))
}

/** What `issueSecrets` of the engine made, by name. */
export function issuedSecrets(clusterId: string): Promise<Record<string, string>> {
  return readSealed(clusterId, 'issued')
}

/** Writes what changed and removes what is no longer issued. */
export async function storeIssuedSecrets(clusterId: string, issued: Readonly<Record<string, string>>): Promise<void> {
  const rows = Object.entries(issued).map(([name, text]) => sealedRow(clusterId, 'issued', name, text))
  const before = await issuedSecrets(clusterId)
  const changed = rows.filter((row) => before[row.name] !== issued[row.name])
  await prisma().$transaction([
    prisma().secret.deleteMany({ where: { clusterId, purpose: 'issued', name: { notIn: Object.keys(issued) } } }),
    ...changed.map(({ sealed, ...key }) =>
      prisma().secret.upsert({
        where: { clusterId_purpose_name: key },
        create: { ...key, sealed },
        update: { sealed },
      }),
    ),
  ])
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

/** The Wi-Fi that nodes of the cluster join; null when none was given. */
export async function clusterWifi(clusterId: string): Promise<Wifi | null> {
  const { [wifiName]: text } = await readSealed(clusterId, 'wifi')
  return text === undefined ? null : Wifi.parse(JSON.parse(text))
}

export async function storeWifi(tx: Transaction, clusterId: string, wifi: Wifi): Promise<void> {
  const { sealed, ...key } = sealedRow(clusterId, 'wifi', wifiName, JSON.stringify(wifi))
  await tx.secret.upsert({ where: { clusterId_purpose_name: key }, create: { ...key, sealed }, update: { sealed } })
}

/** For the page: which network is kept, without its password. */
export async function keptWifi(cluster: string): Promise<{ ssid: string; country: string } | null> {
  const row = await prisma().cluster.findUnique({ where: { name: cluster }, select: { id: true } })
  const wifi = row ? await clusterWifi(row.id) : null
  return wifi ? { ssid: wifi.ssid, country: wifi.country } : null
}
