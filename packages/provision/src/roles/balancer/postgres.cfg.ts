/** HAProxy for PostgreSQL, as templates: /etc/haproxy/postgres.cfg and its unit. */
import { type ClusterSpec, databaseConnections, nodesWith, type Preset } from '@bramble/cluster'
import { caPath } from '../../facts/identity.ts'
import { globalSection } from './common.cfg.ts'
import { postgresStatisticsPort } from './haproxy.cfg.ts'
import { serverKeeperLine } from './server-state.ts'

export const postgresCfgPath = '/etc/haproxy/postgres.cfg'
export const statisticsPath = '/etc/haproxy/statistics.cfg'
/** Loopback only: keepalived's check asks here whether this HAProxy is alive and finds a primary. */
export const postgresAlivePort = 8406

/**
 * How often servers are asked. A dead primary is noticed well before Patroni's ttl lets a new one be elected,
 * and a new one is found within one interval.
 */
const checks: Record<Preset, string> = {
  fast: 'inter 1s fastinter 500ms downinter 1s fall 2 rise 1',
  standard: 'inter 1s fastinter 1s downinter 1s fall 3 rise 1',
  'slow-cards': 'inter 2s fastinter 1s downinter 1s fall 3 rise 1',
}

export function postgresCfg(spec: ClusterSpec): string {
  const { clients, perAddress } = databaseConnections
  const check = `${checks[spec.preset]} maxconn ${clients} tcp-ut 10s`
  const nodes = [...spec.nodes.map(({ address }) => address), spec.vip].join(' ')
  const replicas = nodesWith(spec, 'postgres').map(
    (node) =>
      `  server ${node.name} ${node.address}:5432 check port 8008 check-ssl verify required ca-file ${caPath} verifyhost ${node.name}`,
  )
  /** Clients that vanished, that say nothing, or of which one takes too much. */
  const limits = `  option clitcpka
  clitcpka-idle 15s
  clitcpka-intvl 5s
  clitcpka-cnt 3
  stick-table type ip size 10k expire 10m store conn_cur
  tcp-request connection track-sc0 src
  tcp-request connection reject if { sc0_conn_cur gt ${perAddress} } !{ src ${nodes} }
  # A PostgreSQL client sends first: a silent connection is not passed on to the database.
  tcp-request inspect-delay 5s
  # When all connections are in use, the next free one goes to the client address with the fewest.
  tcp-request content set-priority-class sc_conn_cur(0)
  tcp-request content accept if { req.len gt 0 }
  tcp-request content reject`
  const keepalive = `  option srvtcpka
  srvtcpka-idle 5s
  srvtcpka-intvl 2s
  srvtcpka-cnt 3`
  return `# Managed by Bramble. Local changes are overwritten. Web traffic has its own HAProxy: haproxy.cfg.
${globalSection('postgres')}

defaults
  log global
  load-server-state-from-file global
  mode tcp
  option dontlognull
  # Log only failures and timeouts: writing wears out the card.
  option dontlog-normal
  timeout connect 2s
  # Idle sessions are closed after 8 hours.
  timeout client 8h
  timeout server 8h
  timeout check 2s
  # PostgreSQL disconnects a client that does not authenticate within 10 s. This closes the other side of such a connection.
  timeout client-fin 3s
  timeout server-fin 3s
  # Longer than both timeouts together.
  timeout queue 20s
  option abortonclose

# PostgreSQL, read-write: the primary only, as reported by Patroni.
frontend postgres-read-write
  option tcplog
  bind :5000 tcp-ut 30s
${limits}
  default_backend postgres-primary

backend postgres-primary
${keepalive}
  option httpchk
  http-check send meth OPTIONS uri /primary
  http-check expect status 200
  # A client must not keep a session with a former primary. Beyond maxconn, clients wait for "timeout queue".
  default-server ${check} on-marked-down shutdown-sessions
${replicas.join('\n')}

# PostgreSQL, read-only: replicas at most 16 MB behind; without one, the primary.
frontend postgres-read-only
  option tcplog
  bind :5001 tcp-ut 30s
${limits}
  use_backend postgres-replicas if { nbsrv(postgres-replicas) gt 0 }
  default_backend postgres-primary

backend postgres-replicas
  balance leastconn
${keepalive}
  option httpchk
  http-check send meth OPTIONS uri /replica?lag=16MB
  http-check expect status 200
  default-server ${check}
${replicas.join('\n')}

frontend alive
  mode http
  bind 127.0.0.1:${postgresAlivePort}
  timeout client 60s
  timeout http-request 10s
  monitor-uri /alive
  http-request return status 200 if { path /primary } { nbsrv(postgres-primary) gt 0 }
  http-request return status 503
`
}

const run = `/usr/sbin/haproxy -Ws -f ${postgresCfgPath} -f ${statisticsPath}`

/** As Debian's haproxy.service, with sockets and files of its own. */
export const postgresUnit = `# Managed by Bramble. Local changes are overwritten.
[Unit]
Description=HAProxy for PostgreSQL (ports 5000 and 5001)
Documentation=man:haproxy(1)
After=network-online.target
Wants=network-online.target
ConditionPathExists=${statisticsPath}
StartLimitIntervalSec=0

[Service]
Type=notify
Environment=STATISTICS_PORT=${postgresStatisticsPort}
ExecStartPre=${serverKeeperLine('postgres', 'start')}
ExecStart=${run} -p /run/haproxy-postgres.pid -S /run/haproxy-postgres-master.sock
ExecReload=${serverKeeperLine('postgres', 'save')}
ExecReload=${run} -c -q
ExecReload=/bin/kill -USR2 $MAINPID
KillMode=mixed
Restart=always
RestartSec=1
SuccessExitStatus=143

[Install]
WantedBy=multi-user.target
`
