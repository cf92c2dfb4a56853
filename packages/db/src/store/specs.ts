/** A cluster's spec in the tables and out of them: the settings are one JSON, the nodes and their roles are rows. */
import { ClusterSpec, type Finding, ipv4Number, Role, reviewSpec, sameSubnet } from '@bramble/cluster'
import { z } from 'zod'
import type { Prisma } from '../generated/client.ts'
import { Refusal } from './refusal.ts'

export const withNodes = {
  nodes: { orderBy: { position: 'asc' }, include: { roles: { orderBy: { position: 'asc' } } } },
} satisfies Prisma.ClusterInclude

export type ClusterRow = Prisma.ClusterGetPayload<{ include: typeof withNodes }>

/** The spec as the user wrote it, with the pinned host keys. */
export function specOf(row: ClusterRow): ClusterSpec {
  const settings = z.record(z.string(), z.json()).parse(row.settings)
  return ClusterSpec.parse({
    ...settings,
    name: row.name,
    nodes: row.nodes.map((node) => ({
      name: node.name,
      address: node.address,
      roles: node.roles.map((role) => Role.parse(role.role)),
      ...(node.hostKey === null ? {} : { hostKey: node.hostKey }),
      ...(node.leaving ? { leaving: true } : {}),
    })),
  })
}

/** All of the spec but its name and nodes. */
export function settingsOf(spec: ClusterSpec): Prisma.InputJsonObject {
  const { name: _name, nodes: _nodes, ...settings } = spec
  return JSON.parse(JSON.stringify(settings)) as Prisma.InputJsonObject
}

/** Rows of the spec's nodes. `kept`: what is known of each already. */
export function nodeRows(spec: ClusterSpec, clusterId: string, kept: ReadonlyMap<string, KeptNode>) {
  return spec.nodes.map((node, position) => {
    const known = kept.get(node.name)
    return {
      clusterId,
      name: node.name,
      address: node.address,
      position,
      leaving: node.leaving ?? false,
      hostKey: node.hostKey ?? known?.hostKey ?? null,
      seenAt: known?.seenAt ?? null,
      ...(known?.facts ? { facts: known.facts } : {}),
      ...(known?.trouble ? { trouble: known.trouble } : {}),
      roles: { create: node.roles.map((role, at) => ({ role, position: at })) },
    }
  })
}

export interface KeptNode {
  hostKey: string | null
  facts: Prisma.InputJsonValue | null
  trouble: Prisma.InputJsonValue | null
  seenAt: Date | null
}

/** Parses and reviews. Refusal `spec-invalid` with every error in its message. */
export function checkedSpec(input: z.input<typeof ClusterSpec>): ClusterSpec {
  const parsed = ClusterSpec.safeParse(input)
  if (!parsed.success)
    throw new Refusal(
      'spec-invalid',
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'cluster'}: ${issue.message}.`).join(' '),
      'Correct these and try again.',
    )
  const errors = reviewSpec(parsed.data).filter((finding) => finding.level === 'error')
  if (errors.length > 0)
    throw new Refusal(
      'spec-invalid',
      errors.map((finding) => finding.message).join(' '),
      [...new Set(errors.map((finding) => finding.cure))].join(' '),
    )
  return parsed.data
}

export function warningsOf(spec: ClusterSpec): Finding[] {
  return reviewSpec(spec).filter((finding) => finding.level === 'warning')
}

/** A Pi belongs to one cluster, and so do a virtual IP and, on one network, a VRRP id. */
export function refuseClash(spec: ClusterSpec, others: readonly ClusterSpec[]): void {
  for (const other of others) {
    const taken = [...spec.nodes.map((node) => node.address), spec.vip].find((address) =>
      [...other.nodes.map((node) => node.address), other.vip].includes(address),
    )
    if (taken)
      throw new Refusal(
        'address-taken',
        `${taken} belongs to the cluster ${other.name} already.`,
        'Use another address, or remove it from that cluster first.',
      )
    if (other.vrid === spec.vrid && sameSubnet(other.vip, spec.vip, 16))
      throw new Refusal(
        'vrid-taken',
        `The cluster ${other.name} uses the VRRP id ${spec.vrid} on the same network: their virtual IPs would conflict.`,
        `Choose another VRRP id, for instance ${freeVrid(spec.vip, others)}.`,
      )
  }
}

/** The lowest VRRP id from 51 on that no cluster on the network of `vip` uses. */
export function freeVrid(vip: string, others: readonly ClusterSpec[]): number {
  const used = new Set(others.filter((other) => sameSubnet(other.vip, vip, 16)).map((other) => other.vrid))
  for (let id = 51; id <= 255; id++) if (!used.has(id)) return id
  return 1 + (ipv4Number(vip) % 50)
}
