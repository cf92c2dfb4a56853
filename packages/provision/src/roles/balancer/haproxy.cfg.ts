/** HAProxy for web traffic, as templates: /etc/haproxy/haproxy.cfg, and the statistics page of both services. */
import { type ClusterSpec, domainsFrom, nodesWith } from '@bramble/cluster'
import { certificateList, challengesPath, neutralPath } from '../../tls/agent.ts'
import { appBackends, appRouting } from './apps.cfg.ts'
import { globalSection, serverLoss } from './common.cfg.ts'

/** For people who tell a device to trust it: served at the cluster's own address. */
export const siteAuthorityPath = '/etc/haproxy/site-authority.crt'
/** Below the virtual IP, over HTTP: there is no trust yet. */
const siteAuthorityUrl = '/.well-known/bramble/site-authority.crt'
/** Loopback only: keepalived's check asks here whether HAProxy is alive. */
export const alivePort = 8405
/** Of the statistics page of HAProxy for PostgreSQL; that of the web is at 8404. */
export const postgresStatisticsPort = 8407

export function haproxyCfg(spec: ClusterSpec): string {
  const sites = nodesWith(spec, 'web').map((node) => `  server ${node.name} ${node.address}:8000 check`)
  return `# Managed by Bramble. Local changes are overwritten. PostgreSQL has its own HAProxy: postgres.cfg.
${globalSection('web')}
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
  # Of TLS 1.2 what has forward secrecy and authenticated encryption. TLS 1.3 has nothing else.
  ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305

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
  # First what an unknown name gets. bramble-https.service keeps the list of the others.
  bind :443 ssl crt ${neutralPath} crt-list ${certificateList} alpn h2,http/1.1
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
  http-request return status 200 content-type application/x-x509-ca-cert file ${siteAuthorityPath} if { req.hdr(host),host_only -m str ${spec.vip} } { path ${siteAuthorityUrl} }
${challenges(spec)}${appRouting(spec)}  default_backend ${(spec.apps ?? []).length > 0 ? 'unknown-host' : 'web'}

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

/** What a public authority asks, is answered without being told what it is: with the thumbprint of the account (HTTP-01). */
function challenges(spec: ClusterSpec): string {
  if (domainsFrom(spec, 'acme').length === 0) return ''
  const thumbprint = `str(thumbprint),map(${challengesPath})`
  return `  http-request return status 200 content-type text/plain lf-string "%[path,field(-1,/)].%[${thumbprint}]" if { path_beg /.well-known/acme-challenge/ } { ${thumbprint} -m found }
`
}
