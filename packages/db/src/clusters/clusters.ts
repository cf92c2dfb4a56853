/** Clusters: made by the wizard, changed on their page, removed by typing their name. */
import type { ClusterSpec, Finding } from '@bramble/cluster'
import type { z } from 'zod'
import { audited } from '../audit/audit.ts'
import { newestCards } from '../flash/card-records.ts'
import { Prisma } from '../generated/client.ts'
import { forgetSamples } from '../metrics/partitions.ts'
import { lastRuns, type RunSummary } from '../runs/runs.ts'
import { NodeLogin, storeSecret } from '../secrets/secrets.ts'
import { lockCluster, type Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import {
  checkedSpec,
  freeVrid,
  type KeptNode,
  nodeRows,
  refuseClash,
  settingsOf,
  specOf,
  warningsOf,
  withNodes,
} from '../store/specs.ts'
import { type NodeView, nodeView } from './nodes.ts'

type SpecInput = z.input<typeof ClusterSpec>

export interface ClusterSummary {
  name: string
  vip: string
  nodes: number
  /** ISO time. */
  createdAt: string
  lastRun: RunSummary | null
  activeRun: RunSummary | null
  /** Warnings of the spec: what would not survive the death of one Pi. */
  findings: Finding[]
}

export interface ClusterView {
  name: string
  spec: ClusterSpec
  /** ISO times. */
  createdAt: string
  updatedAt: string
  nodes: NodeView[]
  lastRun: RunSummary | null
  /** The last run that built something. */
  lastProvision: RunSummary | null
  activeRun: RunSummary | null
}

/**
 * Every node needs a pinned host key and a login for `spec.ssh.user`, unless its card will be flashed: then Bramble
 * makes both. Without a VRRP id a free one is chosen.
 * Refusal `spec-invalid`, `cluster-exists`, `address-taken`, `vrid-taken`, `login-missing`, `host-key-missing`.
 */
export async function createCluster(input: {
  spec: SpecInput
  logins: Readonly<Record<string, NodeLogin>>
  /** True: host keys and logins may be missing. */
  flash?: boolean | undefined
  by: string
}): Promise<{ name: string }> {
  return audited({ who: input.by, what: 'cluster.create', target: input.spec.name }, async () => {
    await prisma()
      .$transaction(async (tx) => {
        const others = await othersThan(tx, input.spec.name)
        const spec = checkedSpec({ ...input.spec, vrid: input.spec.vrid ?? freeVrid(input.spec.vip, others) })
        const logins = checkedLogins(spec, input.logins, input.flash ?? false)
        refuseClash(spec, others)
        const kept = await probedFacts(spec)
        const { id } = await tx.cluster.create({ data: { name: spec.name, settings: settingsOf(spec) } })
        for (const data of nodeRows(spec, id, kept)) await tx.node.create({ data })
        for (const [node, login] of Object.entries(logins))
          await storeSecret(tx, id, 'login', node, JSON.stringify(login))
      })
      .catch(clashing)
    return { name: input.spec.name }
  })
}

function checkedLogins(
  spec: ClusterSpec,
  given: Readonly<Record<string, NodeLogin>>,
  flash: boolean,
): Record<string, NodeLogin> {
  const logins: Record<string, NodeLogin> = {}
  for (const { name, hostKey } of spec.nodes) {
    if (flash && given[name] === undefined) continue
    const login = NodeLogin.safeParse(given[name])
    if (!login.success)
      throw new Refusal(
        'login-missing',
        `There is no password or key for ${name}.`,
        'Give the password or key that was set when its card was written.',
      )
    if (!hostKey && !flash)
      throw new Refusal(
        'host-key-missing',
        `Nobody has confirmed the host key of ${name}.`,
        'Press Test connection and compare the fingerprint.',
      )
    logins[name] = login.data
  }
  return logins
}

export async function listClusters(): Promise<ClusterSummary[]> {
  const rows = await prisma().cluster.findMany({ include: withNodes, orderBy: { name: 'asc' } })
  return Promise.all(
    rows.map(async (row) => {
      const spec = specOf(row)
      const { lastRun, activeRun } = await lastRuns(row.id)
      const { name, createdAt } = row
      const findings = warningsOf(spec)
      return {
        name,
        vip: spec.vip,
        nodes: spec.nodes.length,
        createdAt: createdAt.toISOString(),
        lastRun,
        activeRun,
        findings,
      }
    }),
  )
}

export async function getCluster(name: string): Promise<ClusterView | null> {
  const row = await prisma().cluster.findUnique({ where: { name }, include: withNodes })
  if (!row) return null
  const spec = specOf(row)
  const logins = await prisma().secret.findMany({
    where: { clusterId: row.id, purpose: 'login' },
    select: { name: true },
  })
  const known = new Set(logins.map((login) => login.name))
  const cards = await newestCards(row.id)
  return {
    name,
    spec,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    nodes: row.nodes.map((node, at) => ({
      ...nodeView(node, spec.nodes[at]!.roles, known.has(node.name)),
      card: cards.get(node.name) ?? null,
    })),
    ...(await lastRuns(row.id)),
  }
}

/** Facts and pinned keys of nodes that keep their name stay. Refusal `spec-invalid`, `name-fixed`, `run-active`, … */
export async function updateSpec(input: { cluster: string; spec: SpecInput; by: string }): Promise<ClusterSpec> {
  return audited({ who: input.by, what: 'cluster.update', target: input.cluster }, () =>
    changeSpec(input.cluster, () => Promise.resolve(input.spec)),
  )
}

/** `change` sees the spec as nobody else can change it meanwhile. The caller writes the audit. */
export async function changeSpec(
  cluster: string,
  change: (before: ClusterSpec, tx: Transaction, clusterId: string) => Promise<SpecInput>,
): Promise<ClusterSpec> {
  return prisma()
    .$transaction(async (tx) => {
      const { id } = await lockCluster(tx, cluster)
      const present = await tx.cluster.findUniqueOrThrow({ where: { id }, include: withNodes })
      const spec = checkedSpec(await change(specOf(present), tx, id))
      if (spec.name !== cluster)
        throw new Refusal(
          'name-fixed',
          'A cluster cannot be renamed: its name is part of the configuration of every node.',
          'Create a new cluster with the other name.',
        )
      refuseClash(spec, await othersThan(tx, spec.name))
      const before = await tx.node.findMany({ where: { clusterId: id } })
      const kept = new Map<string, KeptNode>(
        before.map((node) => [
          node.name,
          { ...node, facts: node.facts as KeptNode['facts'], trouble: node.trouble as KeptNode['trouble'] },
        ]),
      )
      await tx.node.deleteMany({ where: { clusterId: id } })
      for (const data of nodeRows(spec, id, kept)) await tx.node.create({ data })
      await tx.secret.deleteMany({
        where: { clusterId: id, purpose: 'login', name: { notIn: spec.nodes.map((node) => node.name) } },
      })
      const data = { settings: settingsOf(spec), updatedAt: new Date() }
      return specOf(await tx.cluster.update({ where: { id }, data, include: withNodes }))
    })
    .catch(clashing)
}

/** Forgets the cluster, its runs and its secrets; the Pis are not touched. Refusal `name-mismatch`, `run-active`. */
export async function removeCluster(input: { cluster: string; typedName: string; by: string }): Promise<void> {
  await audited({ who: input.by, what: 'cluster.remove', target: input.cluster }, async () => {
    if (input.typedName !== input.cluster)
      throw new Refusal('name-mismatch', 'The typed name does not match.', `Type ${input.cluster}.`)
    await prisma().$transaction(async (tx) => {
      const { id } = await lockCluster(tx, input.cluster)
      await forgetSamples(tx, id)
      await tx.cluster.delete({ where: { id } })
      await tx.$executeRaw`select pg_notify('bramble_watch', ${id})`
    })
  })
}

const clustersLock = 'bramble-clusters'

/** The other clusters, which nobody adds to or moves until the transaction ends. */
async function othersThan(tx: Transaction, name: string): Promise<ClusterSpec[]> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtext(${clustersLock}))`
  return (await tx.cluster.findMany({ where: { name: { not: name } }, include: withNodes })).map(specOf)
}

/** What "Test connection" found out about machines that show the keys of these nodes. */
async function probedFacts(spec: ClusterSpec): Promise<Map<string, KeptNode>> {
  const probes = await prisma().probe.findMany({
    where: { status: 'succeeded', address: { in: spec.nodes.map((node) => node.address) } },
    orderBy: { createdAt: 'asc' },
  })
  const kept = new Map<string, KeptNode>()
  for (const probe of probes) {
    const node = spec.nodes.find((entry) => entry.address === probe.address && entry.hostKey === probe.fingerprint)
    const facts = probe.machine as KeptNode['facts']
    if (node) kept.set(node.name, { hostKey: probe.fingerprint, facts, trouble: null, seenAt: probe.endedAt })
  }
  return kept
}

/** A second cluster of the same name, or two who press at once: the tables' own rules decide, and say so in words. */
function clashing(error: unknown): never {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') throw error
  if (error.meta?.modelName === 'Cluster')
    throw new Refusal('cluster-exists', 'A cluster with this name already exists.', 'Choose another name.')
  throw new Refusal(
    'address-taken',
    'One of these addresses was just used for another cluster.',
    'Reload the page and check.',
    { cause: error },
  )
}
