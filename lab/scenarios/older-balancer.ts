/** A balancer as an older Bramble made it: one HAProxy for web traffic and PostgreSQL. */
import { type ClusterSpec, nodesWith } from '@bramble/cluster'
import type { Stage } from './stage.ts'

function olderConfig(spec: ClusterSpec): string {
  const web = nodesWith(spec, 'web').map(({ name, address }) => `  server ${name} ${address}:8000 check`)
  const database = nodesWith(spec, 'postgres').map(
    ({ name, address }) =>
      `  server ${name} ${address}:5432 check port 8008 check-ssl verify required ca-file /etc/bramble/ca.crt verifyhost ${name}`,
  )
  return `# Written by Bramble.
global
  log stdout format short daemon info
  user haproxy
  group haproxy
  chroot /var/lib/haproxy
  stats socket /run/haproxy/admin.sock mode 660 level admin
  stats timeout 30s
  server-state-file /var/lib/bramble/haproxy.state
  maxconn 2000

defaults
  log global
  load-server-state-from-file global
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 2s
  timeout queue 10s

frontend site
  bind :80
  bind :443 ssl crt /etc/haproxy/bramble.pem alpn h2,http/1.1
  option forwardfor
  default_backend web

backend web
  option httpchk
  http-check send meth GET uri /health ver HTTP/1.1 hdr Host health
  http-check expect status 200
  option redispatch 1
  retries 2
  retry-on conn-failure empty-response
  default-server inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${web.join('\n')}

frontend postgres-read-write
  mode tcp
  bind :5000
  timeout client 8h
  default_backend postgres-primary

backend postgres-primary
  mode tcp
  timeout server 8h
  option httpchk
  http-check send meth OPTIONS uri /primary
  http-check expect status 200
  default-server inter 1s fastinter 500ms downinter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${database.join('\n')}

frontend postgres-read-only
  mode tcp
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
  default-server inter 1s fastinter 500ms downinter 1s fall 2 rise 1
${database.join('\n')}

frontend alive
  bind 127.0.0.1:8405
  monitor-uri /alive
  http-request return status 200 if { path /primary } { nbsrv(postgres-primary) gt 0 }
  http-request return status 503
`
}

const olderCheck = `#!/bin/bash
# Written by Bramble.
exec 3<>/dev/tcp/127.0.0.1/8405 || exit 1
printf 'GET /alive HTTP/1.0\\r\\n\\r\\n' >&3
read -r -t 2 line <&3
[[ $line == *' 200 '* ]]
`

/** Makes it so on a node, and waits for nothing. */
export async function makeOlder(stage: Stage, node: string): Promise<void> {
  const transport = await stage.reach(node)
  const write = async (path: string, stdin: string) => {
    const { code } = await transport.exec(['tee', path], { as: 'root', stdin, timeout: 30_000 })
    if (code !== 0) throw new Error(`${node}: ${path} cannot be written`)
  }
  await write('/usr/local/lib/bramble/haproxy-alive', olderCheck)
  await write('/etc/haproxy/haproxy.cfg', olderConfig(stage.spec))
  await stage.on(node, 'systemctl', 'disable', '--now', 'bramble-https.service')
  await stage.on(node, 'mv', '/etc/haproxy/bramble/neutral.pem', '/etc/haproxy/bramble.pem')
  await stage.on(node, 'rm', '-rf', '/etc/haproxy/bramble', '/etc/systemd/system/bramble-https.service')
  await stage.on(node, 'systemctl', 'disable', '--now', 'haproxy-postgres.service')
  await stage.on(
    node,
    ...['rm', '-f', '/etc/systemd/system/haproxy-postgres.service', '/etc/haproxy/postgres.cfg'],
    ...['/var/lib/bramble/haproxy-postgres.state', '/run/haproxy/postgres.sock'],
  )
  await stage.on(node, 'systemctl', 'daemon-reload')
  await stage.on(node, 'systemctl', 'restart', 'haproxy.service')
}
