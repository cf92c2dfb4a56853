/** Nodes as the database knows them: pinned key, last facts, whether they answered. */
import { HostKeyFingerprint, type Role } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import type { CardRecordView } from '../flash/card-records.ts'
import { type Node, Prisma } from '../generated/client.ts'
import { NodeLogin, storeSecret } from '../secrets/secrets.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { TroubleView } from '../store/trouble.ts'

export interface NodeView {
  name: string
  address: string
  position: number
  roles: Role[]
  hostKey: string | null
  /** Last answer about the machine (model, memory, system …); null when never asked. */
  facts: Record<string, unknown> | null
  /** ISO time of the last answer. */
  seenAt: string | null
  /** As of the last time it was asked; null when never. */
  reachable: boolean | null
  trouble: TroubleView | null
  /** It is on its way out: the next run that succeeds takes it away. */
  leaving: boolean
  /** True while the login that somebody typed in is still kept. */
  hasLogin: boolean
  /** The newest card that was flashed for it, or is being flashed. */
  card: CardRecordView | null
}

export function nodeView(row: Node, roles: Role[], hasLogin: boolean): Omit<NodeView, 'card'> {
  const trouble = TroubleView.safeParse(row.trouble)
  return {
    name: row.name,
    address: row.address,
    position: row.position,
    roles,
    hostKey: row.hostKey,
    facts: row.facts as Record<string, unknown> | null,
    seenAt: row.seenAt?.toISOString() ?? null,
    reachable: trouble.success ? false : row.seenAt ? true : null,
    trouble: trouble.success ? trouble.data : null,
    leaving: row.leaving,
    hasLogin,
  }
}

async function findNode(cluster: string, name: string): Promise<Node> {
  const node = await prisma().node.findFirst({ where: { name, cluster: { name: cluster } } })
  if (!node) throw new Refusal('node-unknown', `There is no node ${name} in ${cluster}.`, 'Reload the page.')
  return node
}

/** The key that the node showed and a person compared; another one will be refused. */
export async function pinHostKey(input: {
  cluster: string
  node: string
  fingerprint: string
  by: string
}): Promise<void> {
  const target = `${input.cluster}/${input.node}`
  await audited({ who: input.by, what: 'node.pin-host-key', target, detail: input.fingerprint }, async () => {
    const hostKey = HostKeyFingerprint.parse(input.fingerprint)
    const { id } = await findNode(input.cluster, input.node)
    await prisma().node.update({ where: { id }, data: { hostKey, trouble: Prisma.DbNull } })
  })
}

/** How to sign in until Bramble's own key is on the node. Sealed; forgotten after a full success. */
export async function setLogin(input: { cluster: string; node: string; login: NodeLogin; by: string }): Promise<void> {
  await audited({ who: input.by, what: 'node.set-login', target: `${input.cluster}/${input.node}` }, async () => {
    const login = NodeLogin.parse(input.login)
    const { clusterId, name } = await findNode(input.cluster, input.node)
    await storeSecret(prisma(), clusterId, 'login', name, JSON.stringify(login))
  })
}

/** What a worker saw of a node: that it answered (with facts when it asked for them), or why it did not. */
export async function recordSighting(
  clusterId: string,
  name: string,
  seen: { facts?: object | undefined } | { trouble: TroubleView },
): Promise<void> {
  const data =
    'trouble' in seen
      ? { trouble: seen.trouble }
      : {
          trouble: Prisma.DbNull,
          seenAt: new Date(),
          ...(seen.facts ? { facts: JSON.parse(JSON.stringify(seen.facts)) as Prisma.InputJsonObject } : {}),
        }
  await prisma().node.updateMany({ where: { clusterId, name }, data })
}

/** Names of the nodes whose machine facts were never asked, or not for an hour. */
export async function longUnseen(clusterId: string): Promise<string[]> {
  const before = new Date(Date.now() - 3_600_000)
  const rows = await prisma().node.findMany({
    where: { clusterId, OR: [{ seenAt: null }, { seenAt: { lt: before } }, { facts: { equals: Prisma.DbNull } }] },
  })
  return rows.map((row) => row.name)
}
