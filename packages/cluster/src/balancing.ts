/** HAProxy's backends and their servers as the spec gives them, and the word that takes a server out of service. */
import { z } from 'zod'
import { NodeName } from './names.ts'
import { nodesWith } from './nodes.ts'
import type { ClusterSpec, Role } from './spec.ts'

/** The backends of haproxy.cfg, and the role that its servers carry. */
const backendRoles = { web: 'web', 'postgres-primary': 'postgres', 'postgres-replicas': 'postgres' } as const
export const BackendName = z.enum(Object.keys(backendRoles) as [BackendName, ...BackendName[]])
export type BackendName = keyof typeof backendRoles

/**
 * HAProxy's own words. `drain`: no new sessions, the open ones go on. `maint`: neither sessions nor checks.
 * `ready`: the checks decide again.
 */
export const SwitchState = z.enum(['ready', 'drain', 'maint'])
export type SwitchState = z.infer<typeof SwitchState>

/** Said to every balancer at once. */
export const ServerSwitch = z.strictObject({
  backend: BackendName,
  server: NodeName,
  state: SwitchState,
  /** Seconds that open sessions get to end by themselves; 0: nobody waits for them. */
  wait: z.int().min(0).max(3600).default(300),
  /** Somebody confirmed that no other server of the backend is up. */
  evenLast: z.boolean().default(false),
})
export type ServerSwitch = z.infer<typeof ServerSwitch>

/** Names of the servers of a backend, in the spec's order. */
export function serversOf(spec: ClusterSpec, backend: BackendName): string[] {
  const role: Role = backendRoles[backend]
  return nodesWith(spec, role).map((node) => node.name)
}
