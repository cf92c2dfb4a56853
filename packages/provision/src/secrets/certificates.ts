/** The certificates of a cluster, issued and renewed by its own authority. */
import { X509Certificate } from 'node:crypto'
import type { ClusterSpec } from '@bramble/cluster'
import {
  authorityHolds,
  isOf,
  issueLeaf,
  type LeafNames,
  leafHolds,
  makeAuthority,
  namesOf,
  type Pair,
} from './authority.ts'
import { issueSiteCertificates, siteCertificatesDue } from './site-authority.ts'
import type { Renewal, StoredSecrets } from './stored.ts'

/**
 * Changes `next`. A renewed certificate keeps its private key: only one whose authority was replaced, or that was taken
 * out of `next` before, gets another. Certificates of nodes that are gone are dropped.
 */
export async function issueCertificates(
  spec: ClusterSpec,
  next: StoredSecrets,
  now: Date,
  renewal: Renewal,
): Promise<void> {
  const old = pairOf(next, 'ca')
  if (!old.certificate || !old.key) keep(next, 'ca', await makeAuthority(spec.name, now))
  else if (renewal !== 'none' && !authorityHolds(old, now))
    keep(next, 'ca', await makeAuthority(spec.name, now, old.key))
  const authority = pairOf(next, 'ca')

  for (const { name, names: wanted } of leafsOf(spec)) {
    const leaf = pairOf(next, name)
    const kept = isOf(authority, leaf)
    const names = kept && renewal === 'due' ? namesOf(leaf) : wanted
    if (leaf.certificate && leaf.key && (renewal === 'none' || leafHolds(authority, leaf, names, now))) continue
    keep(next, name, await issueLeaf(authority, names, { key: kept ? leaf.key : undefined }))
  }
  await issueSiteCertificates(spec, next, now, renewal)
  // An older version showed a certificate of the cluster's own authority on port 443.
  for (const key of ['site.certificate', 'site.key']) delete next[key]
  if (renewal !== 'all') return
  const nodes = new Set(spec.nodes.map((node) => node.name))
  for (const key of Object.keys(next)) {
    const [, own] = /^(?:leaf|site\.issuer)\.([^.]+)\./.exec(key) ?? []
    if (own !== undefined && !nodes.has(own)) delete next[key]
  }
}

/** Whether a certificate has less than a third of its lifetime left, or is of an older version. */
export function certificatesDue(stored: StoredSecrets, now: Date): boolean {
  const authority = pairOf(stored, 'ca')
  if (!authority.certificate) return false
  const leafs = nodesOf(stored).map((node) => pairOf(stored, `leaf.${node}`))
  return (
    !authorityHolds(authority, now) ||
    leafs.some((leaf) => !leafHolds(authority, leaf, namesOf(leaf), now)) ||
    siteCertificatesDue(stored, now)
  )
}

/** When the certificate of each node ends, in milliseconds. */
export function certificateEnds(stored: StoredSecrets): Record<string, number> {
  const end = (node: string) => Date.parse(new X509Certificate(pairOf(stored, `leaf.${node}`).certificate).validTo)
  return Object.fromEntries(nodesOf(stored).map((node) => [node, end(node)]))
}

const nodesOf = (stored: StoredSecrets): string[] =>
  Object.keys(stored).flatMap((key) => /^leaf\.([^.]+)\.certificate$/.exec(key)?.[1] ?? [])

interface Leaf {
  /** In the stored secrets. */
  name: string
  names: LeafNames
}

/** One a node: with it it signs in to etcd, Patroni and pgBackRest. */
function leafsOf({ nodes, vip }: ClusterSpec): Leaf[] {
  return nodes.map(({ name, address }) => ({
    name: `leaf.${name}`,
    names: { dns: [name, 'localhost'], ip: [address, vip, '127.0.0.1'] },
  }))
}

function keep(stored: StoredSecrets, name: string, pair: Pair): void {
  stored[`${name}.certificate`] = pair.certificate
  stored[`${name}.key`] = pair.key
}

function pairOf(stored: StoredSecrets, name: string): Pair {
  return { certificate: stored[`${name}.certificate`] ?? '', key: stored[`${name}.key`] ?? '' }
}
