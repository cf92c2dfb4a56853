/** /etc/haproxy/haproxy.cfg as a template. Nothing secret stands in it. */
import { type ClusterSpec, nodesWith, type Preset } from '@bramble/cluster'
import { caPath } from '../../facts/identity.ts'
import { serverKeeper, serverStatePath } from './server-state.ts'

export const bundlePath = '/etc/haproxy/bramble.pem'
/** Loopback only: keepalived's check asks here whether HAProxy is alive. */
export const alivePort = 8405

/**
 * How often servers are asked. A dead primary is noticed well before Patroni's ttl lets a new one be elected,
 * and a new one is found within one interval.
 */
const checks: Record<Preset, string> = {
  fast: 'inter 1s fastinter 500ms downinter 1s fall 2 rise 1',
  standard: 'inter 1s fastinter 1s downinter 1s fall 3 rise 1',
  'slow-cards': 'inter 2s fastinter 1s downinter 1s fall 3 rise 1',
}

export function haproxyCfg(spec: ClusterSpec): string {
  const check = checks[spec.preset]
  const sites = nodesWith(spec, 'web').map((node) => `  server ${node.name} ${node.address}:8000 check`)
  const copies = nodesWith(spec, 'postgres').map(
    (node) =>
      `  server ${node.name} ${node.address}:5432 check port 8008 check-ssl verify required ca-file ${caPath} verifyhost ${node.name}`,
  )
  return `# Written by Bramble.
global
  log stdout format short daemon info
  user haproxy
  group haproxy
  chroot /var/lib/haproxy
  stats socket /run/haproxy/admin.sock mode 660 level admin
  stats timeout 30s
  # Who was taken out of service stays so: ${serverKeeper} writes it down.
  server-state-file ${serverStatePath}
  maxconn 2000
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets

defaults
  log global
  load-server-state-from-file global
  mode http
  option dontlognull
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 2s
  timeout queue 10s
  timeout http-request 10s
  timeout http-keep-alive 10s

# The site.
frontend site
  bind :80
  bind :443 ssl crt ${bundlePath} alpn h2,http/1.1
  option httplog
  option forwardfor
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  default_backend web

backend web
  balance roundrobin
  option httpchk
  http-check send meth GET uri /health ver HTTP/1.1 hdr Host health
  http-check expect status 200
  # A web node that dies under a request that it has not answered: the next one gets it.
  option redispatch 1
  retries 2
  retry-on conn-failure empty-response
  default-server inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${sites.join('\n')}

# PostgreSQL, read-write: the primary only. Patroni says who that is.
frontend postgres-read-write
  mode tcp
  option tcplog
  bind :5000
  timeout client 8h
  default_backend postgres-primary

backend postgres-primary
  mode tcp
  timeout server 8h
  option httpchk
  http-check send meth OPTIONS uri /primary
  http-check expect status 200
  # A client must not go on talking to a primary that was.
  default-server ${check} on-marked-down shutdown-sessions
${copies.join('\n')}

# PostgreSQL, read-only: replicas at most 16 MB behind; without one, the primary.
frontend postgres-read-only
  mode tcp
  option tcplog
  bind :5001
  timeout client 8h
  use_backend postgres-replicas if { nbsrv(postgres-replicas) gt 0 }
  default_backend postgres-primary

backend postgres-replicas
  mode tcp
  balance leastconn
  timeout server 8h
  option httpchk
  http-check send meth OPTIONS uri /replica?lag=16MB
  http-check expect status 200
  default-server ${check}
${copies.join('\n')}

frontend alive
  bind 127.0.0.1:${alivePort}
  option dontlog-normal
  monitor-uri /alive
  http-request return status 200 if { path /primary } { nbsrv(postgres-primary) gt 0 }
  http-request return status 503
`
}

/** A second file, so that the first can be shown: the statistics page asks for a password. */
export function statisticsCfg(password: string): string {
  return `# Written by Bramble. From this Pi only: ssh -L 8404:127.0.0.1:8404 …
frontend statistics
  mode http
  bind 127.0.0.1:8404
  timeout client 60s
  stats enable
  stats uri /
  stats refresh 5s
  stats auth bramble:${password}
`
}
