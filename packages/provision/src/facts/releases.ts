/** Versions that decide how a service is configured: what is installed, else what apt would install, else the release's. */
import { postgresVersions } from '@bramble/cluster'
import type { Fact, Facts, RoleContext } from '../engine/types.ts'
import { machine } from './os.ts'
import { packageStates } from './packages.ts'

const names = ['postgresql', 'patroni', 'etcd-server'] as const
const states = packageStates(names)
const servers = packageStates(postgresVersions.map((version) => `postgresql-${version}`))

/** What each Debian release ships; a factory Pi has no package lists that apt could tell from. */
const shipped: Record<string, Record<(typeof names)[number], string>> = {
  bookworm: { postgresql: '15+248', patroni: '3.0.2-1', 'etcd-server': '3.4.23-4' },
  trixie: { postgresql: '17+278', patroni: '4.0.7-1', 'etcd-server': '3.5.16-4' },
}
export const supportedReleases = Object.keys(shipped)

export const versionFacts: readonly Fact<unknown>[] = [states, servers, machine]

function version(facts: Facts, name: (typeof names)[number]): string {
  const { installed, candidate } = facts.of(states)[name] ?? { installed: null, candidate: null }
  const known = installed ?? candidate ?? shipped[facts.of(machine).codename]?.[name] ?? shipped.trixie![name]
  return known.replace(/^\d+:/, '')
}

const major = (text: string) => Number.parseInt(text, 10)

/** The major version of PostgreSQL that the node's Debian has. */
export const ownPostgresMajor = (facts: Facts): number =>
  major((shipped[facts.of(machine).codename] ?? shipped.trixie!).postgresql)

/**
 * PostgreSQL's major version on the node, e.g. 17: what the spec wants, else what the cluster runs, so that a Pi with a
 * newer release joins it, else what is installed, else what the release has.
 */
export function postgresMajor({ spec, pulse }: Pick<RoleContext, 'spec' | 'pulse'>, facts: Facts): number {
  const wanted = spec.postgres?.version ?? pulse?.postgresMajor
  if (wanted) return wanted
  const there = postgresVersions.filter((known) => facts.of(servers)[`postgresql-${known}`]?.installed)
  return there.length === 1 ? there[0]! : major(version(facts, 'postgresql'))
}
/** Patroni's major version, e.g. 4. */
const patroniMajor = (facts: Facts) => major(version(facts, 'patroni'))

/**
 * How Patroni talks to etcd. Patroni 3 over etcd's v3 API takes the leader key back unconditionally when a partitioned
 * primary returns, and acknowledged writes are lost; over the v2 API it does not. Patroni 4 is sound over v3.
 */
export const storeDriver = (facts: Facts): 'etcd' | 'etcd3' => (patroniMajor(facts) < 4 ? 'etcd' : 'etcd3')
