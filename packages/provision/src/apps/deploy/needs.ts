/** What nodes need for an app beside its files, and whether they have to be prepared for it. */
import type { AppSpec } from '@bramble/cluster'
import { fileState } from '../../engine/file.ts'
import { gather } from '../../engine/gather.ts'
import type { Transport } from '../../engine/transport.ts'
import { packageStates } from '../../facts/packages.ts'
import { packagesOf } from '../../roles/apps/index.ts'
import { databaseAuthorityPath } from '../../serving/paths.ts'
import type { ResolvedApp } from '../detect/index.ts'
import type { AppState } from './etcd/state.ts'

/** What the roles know of an app comes to the nodes by their steps, and not by a record. */
export function differs(
  app: AppSpec,
  nodes: readonly string[],
  health: string,
  { serving }: Pick<AppState, 'serving'>,
): boolean {
  const known = serving && [serving.domains, serving.nodes, serving.kind, serving.health.path]
  return JSON.stringify(known) !== JSON.stringify([app.domains, nodes, app.kind, health])
}

/** A node that was replaced was provisioned by the spec, and a release can need more than the one before. */
export async function isProvided(transport: Transport, app: AppSpec, signal: AbortSignal): Promise<boolean> {
  const states = packageStates(packagesOf([app]))
  const authority = fileState(databaseAuthorityPath)
  const facts = await gather(transport, app.database ? [states, authority] : [states], { signal })
  const installed = Object.values(facts.of(states)).every((state) => state.installed !== null)
  return installed && (!app.database || facts.of(authority).kind === 'file')
}

/** A spec names packages for every Debian release. */
export const commonPackages = ({ bookworm, trixie }: ResolvedApp['packages']): string[] =>
  bookworm.filter((name) => trixie.includes(name))

/** Those that the roles do not install because of the kind: the spec has to name them. */
export function furtherPackages({ kind, packages }: Pick<ResolvedApp, 'kind' | 'packages'>): string[] {
  const ofKind = packagesOf([{ kind }])
  return commonPackages(packages).filter((name) => !ofKind.includes(name))
}
