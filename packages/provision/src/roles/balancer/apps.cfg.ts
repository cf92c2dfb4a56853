/**
 * Apps in the configuration of HAProxy for web traffic. What changes with a deploy is not here: servers are declared for both
 * slots, begin in maintenance without a port, and are told both at run time by bramble-apps.service.
 */
import { type AppSpec, type ClusterSpec, nodesWith, responseTimeBounds, responseTimeTable } from '@bramble/cluster'
import { serverLoss } from './common.cfg.ts'

export const hostsMapPath = '/etc/haproxy/hosts.map'
export const unknownHostPath = '/etc/haproxy/unknown-host.html'
export const maintenancePath = '/etc/haproxy/maintenance.html'

const appsOf = ({ apps = [] }: ClusterSpec): readonly AppSpec[] => apps

/** Domain to backend, for HAProxy's converter `map`. */
export const hostsMap = (spec: ClusterSpec): string =>
  [
    '# Managed by Bramble. Local changes are overwritten.',
    ...appsOf(spec).flatMap(({ name, domains }) => domains.map((domain) => `${domain} app-${name}`)),
    '',
  ].join('\n')

/** For the frontend: the backend of the Host, its port and a final dot aside; else that of the wildcard above it. */
export function appRouting(spec: ClusterSpec): string {
  if (appsOf(spec).length === 0) return ''
  return `${responseTimes()}  http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)
  http-request set-var(txn.app) var(txn.host),map(${hostsMapPath})
  http-request set-var(txn.app) var(txn.host),regsub(^[^.]*,*),map(${hostsMapPath}) unless { var(txn.app) -m found }
  use_backend %[var(txn.app)] if { var(txn.app) -m found }
  # The sample page stays at the virtual IP, because the health checks of the cluster request it.
  use_backend web if { var(txn.host) -m str ${spec.vip} }
`
}

/** Counts the answer of an app in the class of its response time. HAProxy itself keeps averages alone. */
function responseTimes(): string {
  const classes = responseTimeBounds.map((bound, at) => `${responseTimeBounds[at - 1] ?? 0}:${bound - 1}`)
  const lines = [...classes, `ge:${responseTimeBounds.at(-1)}`].map(
    (range, at) =>
      `  http-response sc-inc-gpc(${at},0) if { sc0_tracked } { var(txn.took) -m int ${range.replace('ge:', 'ge ')} }`,
  )
  return `  # Response times of apps: number of requests by duration in milliseconds.
  http-request set-var(txn.began) date(0,ms)
  http-response set-var(txn.took) date(0,ms),sub(txn.began)
${lines.join('\n')}
`
}

export function appBackends(spec: ClusterSpec): string {
  const apps = appsOf(spec)
  if (apps.length === 0) return ''
  return `${apps.map((app) => appBackend(spec, app)).join('\n')}
backend unknown-host
  http-request return status 404 content-type "text/html; charset=utf-8" file ${unknownHostPath} hdr Cache-Control no-store

backend ${responseTimeTable}
  stick-table type string len 64 size 1k store gpc(${responseTimeBounds.length + 1})

`
}

/** Which release answers is decided by its node's own check; this one finds a server that is gone or fails. */
function appBackend(spec: ClusterSpec, app: AppSpec): string {
  const servers = nodesWith(spec, 'web').flatMap(({ name, address }) =>
    ['a', 'b'].map((slot) => `  server ${name}-${slot} ${address}:1 check disabled`),
  )
  return `backend app-${app.name}
  balance roundrobin
${overHttps(app)}  http-request return status 503 content-type "text/html; charset=utf-8" file ${maintenancePath} hdr Retry-After 120 hdr Cache-Control no-store if { srv_is_up(maintenance) }
  http-request track-sc0 be_name table ${responseTimeTable}
  option httpchk
  http-check send meth GET uri ${checkPath(app)} ver HTTP/1.1 hdr Host ${checkHost(app)} hdr Connection close
  http-check expect rstatus ^[234]
${serverLoss}  default-server inter 2s fastinter 500ms downinter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${servers.join('\n')}
  # Receives no requests: while bramble-apps.service sets it to ready, the maintenance page above is served.
  server maintenance 127.0.0.1:1 weight 0 disabled
`
}

/** The name as it was compared, without the port of HTTP. 308 keeps the method. */
function overHttps({ https }: AppSpec): string {
  const lines = [
    ...(https?.redirect
      ? ['http-request redirect location https://%[var(txn.host)]%[pathq] code 308 unless { ssl_fc }']
      : []),
    ...(https?.hsts ? ['http-after-response set-header Strict-Transport-Security max-age=31536000 if { ssl_fc }'] : []),
  ]
  return lines.map((line) => `  ${line}\n`).join('')
}

/** HAProxy reads a quoted word as it is, but for a single quote. */
const checkPath = ({ health }: AppSpec): string => `'${(health.path ?? '/').replaceAll("'", '%27')}'`

/** As bramble-apps.service asks too. */
function checkHost({ name, domains }: AppSpec): string {
  const [first] = domains
  const named = domains.find((domain) => !domain.startsWith('*'))
  return named ?? (first ? first.replace('*', 'www') : `${name}.local`)
}

const page = (title: string, text: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { max-width: 34rem; margin: 15vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.4rem; }
</style>
<h1>${title}</h1>
<p>${text}</p>
`

export const unknownHostPage = page(
  'No app at this address',
  'The cluster is online, but no app uses this name. If you own the cluster, add the name to the domains of an app.',
)

export const maintenancePage = page(
  'Down for maintenance',
  'This site is not available at the moment. Please try again later.',
)
