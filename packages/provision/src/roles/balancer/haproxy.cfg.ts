/** HAProxy for web traffic, as templates: /etc/haproxy/haproxy.cfg, and the statistics page of both services. */
import { type ClusterSpec, nodesWith } from '@bramble/cluster'
import { appBackends, appRouting } from './apps.cfg.ts'
import { globalSection, serverLoss } from './common.cfg.ts'

export const bundlePath = '/etc/haproxy/bramble.pem'
/** Loopback only: keepalived's check asks here whether HAProxy is alive. */
export const alivePort = 8405
/** Of the statistics page of HAProxy for PostgreSQL; that of the web is at 8404. */
export const postgresStatisticsPort = 8407

export function haproxyCfg(spec: ClusterSpec): string {
  const sites = nodesWith(spec, 'web').map((node) => `  server ${node.name} ${node.address}:8000 check`)
  return `# Managed by Bramble. Local changes are overwritten. PostgreSQL has its own HAProxy: postgres.cfg.
${globalSection('web')}
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets

defaults
  log global
  load-server-state-from-file global
  mode http
  option dontlognull
  # Log only failures and timeouts: writing wears out the card.
  option dontlog-normal
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  # A WebSocket can be idle for a long time. TCP keepalives close dead connections.
  timeout tunnel 1h
  timeout client-fin 30s
  timeout server-fin 30s
  timeout check 2s
  timeout queue 10s
  timeout http-request 10s
  timeout http-keep-alive 10s

# The site.
frontend site
  bind :80
  bind :443 ssl crt ${bundlePath} alpn h2,http/1.1
  option httplog
  # After a reload an idle connection of a browser is closed with its next response.
  option idle-close-on-response
  option clitcpka
  clitcpka-idle 60s
  clitcpka-intvl 20s
  clitcpka-cnt 3
  # HAProxy sets the address of the client; headers from the client are removed. Many servers read "_" in a name as "-".
  http-request del-header ^(x[-_](forwarded|real)[-_].*|forwarded)$ -m reg
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Host %[req.hdr(host)] if { req.hdr(host) -m found }
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
${appRouting(spec)}  default_backend ${(spec.apps ?? []).length > 0 ? 'unknown-host' : 'web'}

backend web
  balance roundrobin
  option httpchk
  http-check send meth GET uri /health ver HTTP/1.1 hdr Host health
  http-check expect status 200
${serverLoss}  default-server inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${sites.join('\n')}

${appBackends(spec)}frontend alive
  bind 127.0.0.1:${alivePort}
  monitor-uri /alive
  http-request return status 503
`
}

/** A file of its own, so that the others can be shown: the statistics page asks for a password. */
export function statisticsCfg(password: string): string {
  return `# Managed by Bramble. Local changes are overwritten. From this Pi only: ssh -L 8404:127.0.0.1:8404 … (8407: of HAProxy for PostgreSQL)
frontend statistics
  mode http
  bind "127.0.0.1:\${STATISTICS_PORT-8404}"
  timeout client 60s
  stats enable
  stats uri /
  stats refresh 5s
  stats auth bramble:${password}
`
}
