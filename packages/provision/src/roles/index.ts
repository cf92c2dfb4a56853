/** The roles in the order in which a node takes them on. */
import type { Role } from '@bramble/cluster'
import type { RoleContext, RoleDefinition, Step } from '../engine/types.ts'
import { apps } from './apps/index.ts'
import { backup } from './backup/index.ts'
import { balancer } from './balancer/index.ts'
import { base } from './base.ts'
import { etcd } from './etcd.ts'
import { postgres } from './postgres/index.ts'
import { farewell, retirement } from './retire.ts'
import { web } from './web/index.ts'

export const roles: readonly RoleDefinition[] = [base, etcd, backup, postgres, web, balancer, apps]

/** They say themselves which nodes they are for. */
const everywhere: readonly RoleDefinition['name'][] = ['base', 'backup', 'apps']

/**
 * Every step of one node: `base`, its own roles, and what is taken from it of the roles that it had. Who takes part in
 * backups says the spec, and apps are on web nodes and balancers.
 */
export function stepsFor(context: RoleContext): readonly Step[] {
  if (context.node.leaving) return farewell(context)
  return [
    ...roles
      .filter(({ name }) => everywhere.includes(name) || context.node.roles.includes(name as Role))
      .flatMap((role) => role.steps(context)),
    ...retirement(context),
  ]
}
