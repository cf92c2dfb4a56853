/** HAProxy on a balancer: two services, and what its words for a server mean. */
import type { ServerState } from './state.ts'

/**
 * Two systemd units with configurations and sockets of their own, so that a reload of the one for web traffic never touches
 * an open database session.
 */
export const haproxyServices = { web: 'haproxy.service', postgres: 'haproxy-postgres.service' } as const
export type HaproxyService = keyof typeof haproxyServices
export const haproxyUnits: readonly string[] = Object.values(haproxyServices)

export const haproxyNames: Record<HaproxyService, string> = { web: 'HAProxy', postgres: 'HAProxy for PostgreSQL' }

/** The service whose configuration has the backend. */
export const serviceOf = (backend: string): HaproxyService => (backend === 'web' ? 'web' : 'postgres')

/**
 * HAProxy's word for a server as one of ours: `MAINT (via web/pi-2)`, `DRAIN 1/2`, `UP 1/3`, `no check`. `DOWN 1/2` may soon
 * be up. `NOLB` serves the sessions it has and gets no new ones, as a drained server does.
 */
export function serverStatus(words: string): ServerState['status'] {
  if (words.startsWith('MAINT')) return 'maint'
  if (words.startsWith('DRAIN') || words.startsWith('NOLB')) return 'drain'
  if (words.startsWith('UP')) return 'up'
  return words === 'no check' ? 'unchecked' : 'down'
}
