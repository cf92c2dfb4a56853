/** The roles in the order in which a node takes them on. */
import type { Role } from '@bramble/cluster'
import type { RoleContext, RoleDefinition, Step } from '../core/types.ts'
import { farewell, retirement } from '../members/retire.ts'
import { backup } from './backup/index.ts'
import { balancer } from './balancer/index.ts'
import { base } from './base.ts'
import { etcd } from './etcd.ts'
import { postgres } from './postgres/index.ts'
import { web } from './web/index.ts'

export const roles: readonly RoleDefinition[] = [base, etcd, backup, postgres, web, balancer]

/**
 * Every step of one node: `base`, its own roles, and what is taken from it of the roles that it had. Who takes part in
 * backups says the spec.
 */
export function stepsFor(context: RoleContext): readonly Step[] {
  if (context.node.leaving) return farewell(context)
  return [
    ...roles
      .filter(({ name }) => name === 'base' || name === 'backup' || context.node.roles.includes(name as Role))
      .flatMap((role) => role.steps(context)),
    ...retirement(context),
  ]
}
