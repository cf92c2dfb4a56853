import type { UserRole } from '@bramble/db/people'

/** Least first; each may do what the ones before it may. */
export const roleNames = ['viewer', 'operator', 'admin'] as const satisfies readonly UserRole[]

export function isRole(value: unknown): value is UserRole {
  return roleNames.some((role) => role === value)
}

/** The role may do what `wanted` may. */
export function atLeast(role: UserRole, wanted: UserRole): boolean {
  return roleNames.indexOf(role) >= roleNames.indexOf(wanted)
}
