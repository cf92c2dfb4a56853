/** When taking a server out of its backend takes the backend away. No schema here: the browser loads it with the dialog. */
import type { ServerSwitch } from '../balancing.ts'
import type { ServerState } from './state.ts'

/** New sessions can go to a server in this state. */
export const isUsable = (status: ServerState['status']): boolean => status === 'up' || status === 'unchecked'

/** Of one balancer's servers: true when the backend has no other that can take sessions. */
export function isLastUsable(
  servers: readonly Pick<ServerState, 'backend' | 'server' | 'status'>[],
  { backend, server }: Pick<ServerSwitch, 'backend' | 'server'>,
): boolean {
  const own = servers.filter((entry) => entry.backend === backend)
  const itself = own.find((entry) => entry.server === server)
  if (!itself || !isUsable(itself.status)) return false
  return !own.some((entry) => entry.server !== server && isUsable(entry.status))
}

/** What taking the last server out means, in words. */
export function lastServerWords({ backend, server }: Pick<ServerSwitch, 'backend' | 'server'>): {
  message: string
  cure: string
} {
  if (backend === 'web')
    return {
      message: `${server} is the only web server that is up: without it the site returns 503.`,
      cure: 'Bring another web server up first, or type its name to continue anyway.',
    }
  if (backend === 'postgres-primary')
    return {
      message: `${server} is the primary: without it, writes on port 5000 fail.`,
      cure: 'Switch the primary to another Pi first, or type its name to continue anyway.',
    }
  return {
    message: `${server} is the only replica that is up: without it port 5001 reads from the primary.`,
    cure: 'Bring another replica up first, or type its name to continue anyway.',
  }
}
