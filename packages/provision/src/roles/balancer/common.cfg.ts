/** What the configurations of both HAProxy services begin with. */
import type { HaproxyService } from '@bramble/cluster'
import { serverKeeper, serverStatePaths } from './server-state.ts'

const limits: Record<HaproxyService, { socket: string; connections: number; reloads: number }> = {
  web: { socket: '/run/haproxy/admin.sock', connections: 2000, reloads: 10 },
  // Each old process holds database sessions.
  postgres: { socket: '/run/haproxy/postgres.sock', connections: 1000, reloads: 3 },
}

export function globalSection(service: HaproxyService): string {
  const { socket, connections, reloads } = limits[service]
  return `global
  log stdout format short daemon info
  user haproxy
  group haproxy
  chroot /var/lib/haproxy
  stats socket ${socket} mode 660 level admin
  stats timeout 30s
  # Servers in drain or maintenance stay so after a restart: ${serverKeeper} saves their state.
  server-state-file ${serverStatePaths[service]}
  maxconn ${connections}
  # After a reload the old process serves open connections. It runs no health checks, so it has to end.
  hard-stop-after 5m
  mworker-max-reloads ${reloads}`
}

/** Of a backend with web servers. */
export const serverLoss = `  option srvtcpka
  srvtcpka-idle 60s
  srvtcpka-intvl 20s
  srvtcpka-cnt 3
  # If a web node fails before it responds, the request goes to another one. Never a POST: it may have been
  # processed.
  option redispatch 1
  retries 2
  retry-on conn-failure empty-response
  http-request disable-l7-retry unless METH_GET
`
