/** What a person may ask of a cluster that serves, beside building it. */
import { z } from 'zod'
import { NodeName, PackageName } from '../names.ts'
import { restartParts } from '../parts.ts'
import { PostgresVersion } from '../postgres.ts'

export const RestartPart = z.enum(restartParts)
export type RestartPart = z.infer<typeof RestartPart>

/**
 * `switchover`: another node becomes the primary. `restart`: one node after the other, the primary handed over first.
 * `reinit`: a replica's copy is thrown away and cloned anew. `pause`: Patroni elects nobody until `resume`.
 * `update`: packages are upgraded node after node, with a reboot where one is due; without `packages`, all that are pending.
 * `shutdown`: everything stops in order and the Pis turn themselves off.
 * `recover-quorum`: most of etcd's voters are gone for good, and one of the others goes on without them.
 * `upgrade`: PostgreSQL's next major version takes the data over, by copy. Until `upgrade-finish` throws the old data away,
 * `upgrade-back` returns to them.
 * `delete-kept-data`: what a replica kept of the data that it had as the primary, when pg_rewind failed, is deleted.
 * `reset-password`: the application's user gets the password that Bramble keeps, after somebody changed it.
 * `rotate-secrets`: every certificate, key and password is replaced; those that people enter elsewhere when they ask for it.
 */
export const Operation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('switchover'), to: NodeName.optional() }),
  z.strictObject({ kind: z.literal('restart'), part: RestartPart, nodes: z.array(NodeName).min(1).max(32) }),
  z.strictObject({ kind: z.literal('reinit'), node: NodeName }),
  z.strictObject({ kind: z.literal('pause') }),
  z.strictObject({ kind: z.literal('resume') }),
  z.strictObject({
    kind: z.literal('update'),
    nodes: z.array(NodeName).min(1).max(32),
    packages: z.array(PackageName).min(1).max(500).optional(),
  }),
  z.strictObject({ kind: z.literal('shutdown') }),
  z.strictObject({ kind: z.literal('recover-quorum') }),
  z.strictObject({ kind: z.literal('upgrade'), to: PostgresVersion }),
  z.strictObject({ kind: z.literal('upgrade-back') }),
  z.strictObject({ kind: z.literal('upgrade-finish') }),
  z.strictObject({ kind: z.literal('reset-password') }),
  z.strictObject({ kind: z.literal('delete-kept-data'), node: NodeName }),
  z.strictObject({ kind: z.literal('rotate-secrets'), application: z.boolean(), sftp: z.boolean() }),
])
export type Operation = z.infer<typeof Operation>

/** An upgrade of PostgreSQL and what follows it: they change the spec when they are through. */
export type Upgrading = Extract<Operation, { kind: 'upgrade' | 'upgrade-back' | 'upgrade-finish' }>
export const isUpgrading = (operation: Operation): operation is Upgrading => operation.kind.startsWith('upgrade')
