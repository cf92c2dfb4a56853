/** Pis that come, go and are replaced: changes of the spec. What they mean for the Pis is planned, approved and provisioned. */
import { type ClusterSpec, HostKeyFingerprint, Ipv4, NodeName, withNode, withoutNode } from '@bramble/cluster'
import { z } from 'zod'
import { audited } from '../audit/audit.ts'
import { Prisma } from '../generated/client.ts'
import { NodeLogin, storeSecret } from '../secrets/secrets.ts'
import type { Transaction } from '../store/active.ts'
import { transaction } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { changeSpec } from './clusters.ts'

/** What is known of a Pi that is to be let in. Without a key its card is still to be written. */
const Arrival = z.strictObject({
  name: NodeName,
  address: Ipv4,
  hostKey: HostKeyFingerprint.optional(),
  login: NodeLogin.optional(),
})
export type ArrivingNode = z.input<typeof Arrival>

/**
 * Its roles are proposed; they can be moved before it is planned. Refusal `node-invalid`, `node-exists`, `login-missing`,
 * `spec-invalid`, `address-taken`, `run-active`, `cluster-unknown`.
 */
export async function addNode(input: { cluster: string; node: ArrivingNode; by: string }): Promise<ClusterSpec> {
  const { cluster, by } = input
  const entry = {
    who: by,
    what: 'node.add' as const,
    target: `${cluster}/${input.node.name}`,
    detail: input.node.address,
  }
  return audited(entry, async () => {
    const { login, ...node } = checked(input.node)
    return changeSpec(cluster, async (before, tx, id) => {
      if (before.nodes.some(({ name }) => name === node.name))
        throw new Refusal('node-exists', `${cluster} has a node ${node.name} already.`, 'Choose another name.')
      if (login) await keepLogin(tx, id, node.name, login)
      const { name, address, hostKey } = node
      return withNode(before, { name, address, ...(hostKey ? { hostKey } : {}) })
    })
  })
}

/**
 * The Pi gives up its roles, and others take them as proposed. `typed`: its name.
 * Refusal `not-confirmed`, `node-unknown`, `last-node`, `spec-invalid`, `run-active`, `cluster-unknown`.
 */
export async function removeNode(input: {
  cluster: string
  node: string
  typed: string
  by: string
}): Promise<ClusterSpec> {
  const { cluster, node, by } = input
  return audited({ who: by, what: 'node.remove', target: `${cluster}/${node}` }, async () => {
    return changeSpec(cluster, async (before) => {
      known(before, node)
      if (input.typed !== node)
        throw new Refusal(
          'not-confirmed',
          `${node} will give up its roles and its copy of the data, and the others will shut it out.`,
          `Type ${node} to confirm.`,
        )
      if (before.nodes.filter((entry) => !entry.leaving && entry.name !== node).length === 0)
        throw new Refusal('last-node', `${node} is the last Pi of ${cluster}.`, 'Forget the cluster instead.')
      return withoutNode(before, node)
    })
  })
}

/**
 * The same name and roles on another Pi, or on the same one with a new card. What was known of the old one is forgotten:
 * its key is no longer accepted, its certificate is issued anew. `typed`: its name.
 * Refusal `not-confirmed`, `node-invalid`, `login-missing`, `node-unknown`, `address-taken`, `run-active`, `cluster-unknown`.
 */
export async function replaceNode(input: {
  cluster: string
  node: ArrivingNode
  typed: string
  by: string
}): Promise<ClusterSpec> {
  const { cluster, by } = input
  const target = `${cluster}/${input.node.name}`
  return audited({ who: by, what: 'node.replace', target, detail: input.node.address }, async () => {
    const node = checked(input.node)
    return changeSpec(cluster, async (before, tx, id) => {
      known(before, node.name)
      if (input.typed !== node.name)
        throw new Refusal(
          'not-confirmed',
          `What is on the old ${node.name} is given up: its key and its certificate are no longer accepted.`,
          `Type ${node.name} to confirm.`,
        )
      await forgetIdentity(tx, id, node.name)
      if (node.login) await keepLogin(tx, id, node.name, node.login)
      const nodes = before.nodes.map(({ hostKey: old, ...entry }) => {
        const hostKey = entry.name === node.name ? node.hostKey : old
        const address = entry.name === node.name ? node.address : entry.address
        return { ...entry, address, ...(hostKey ? { hostKey } : {}) }
      })
      return { ...before, nodes }
    })
  })
}

/** A run succeeded: the nodes that were leaving when it was asked for are of the cluster no longer. */
export async function forgetLeft(clusterId: string, nodes: readonly string[]): Promise<void> {
  if (nodes.length === 0) return
  await transaction(async (client) => {
    await client.query('delete from node where cluster_id = $1 and leaving and name = any($2)', [clusterId, [...nodes]])
    await client.query(`delete from secret where cluster_id = $1 and purpose = 'login' and name = any($2)`, [
      clusterId,
      [...nodes],
    ])
    await client.query('update cluster set updated_at = now() where id = $1', [clusterId])
    await client.query(`select pg_notify('bramble_watch', $1)`, [clusterId])
  })
}

function checked(node: ArrivingNode): z.infer<typeof Arrival> {
  const parsed = Arrival.safeParse(node)
  if (!parsed.success)
    throw new Refusal(
      'node-invalid',
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'node'}: ${issue.message}.`).join(' '),
      'Correct these and try again.',
    )
  const { hostKey, login, name } = parsed.data
  if (hostKey && !login)
    throw new Refusal(
      'login-missing',
      `There is no password or key for ${name}.`,
      'Give the password or key that was set when its card was written.',
    )
  return parsed.data
}

function known(spec: ClusterSpec, node: string): void {
  if (!spec.nodes.some(({ name }) => name === node))
    throw new Refusal('node-unknown', `There is no node ${node} in ${spec.name}.`, 'Reload the page.')
}

async function forgetIdentity(tx: Transaction, clusterId: string, node: string): Promise<void> {
  await tx.node.updateMany({
    where: { clusterId, name: node },
    data: { hostKey: null, facts: Prisma.DbNull, trouble: Prisma.DbNull, seenAt: null },
  })
  await tx.secret.deleteMany({
    where: {
      clusterId,
      OR: [
        { purpose: 'issued', name: { startsWith: `leaf.${node}.` } },
        { purpose: 'login', name: node },
      ],
    },
  })
}

async function keepLogin(tx: Transaction, clusterId: string, node: string, login: NodeLogin): Promise<void> {
  await storeSecret(tx, clusterId, 'login', node, JSON.stringify(login))
}
