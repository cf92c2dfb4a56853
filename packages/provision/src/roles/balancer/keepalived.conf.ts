/** /etc/keepalived/keepalived.conf as a template. */
import { nodesWith } from '@bramble/cluster'
import type { RoleContext } from '../../core/types.ts'
import { alivePort } from './haproxy.cfg.ts'

export const checkPath = '/usr/local/lib/bramble/haproxy-alive'

/** Bash alone: it starts in a few milliseconds, every second, for years. */
export const checkScript = `#!/bin/bash
# Written by Bramble. Does HAProxy on this Pi answer? It does not ask for the database or the site.
exec 3<>/dev/tcp/127.0.0.1/${alivePort} || exit 1
printf 'GET /alive HTTP/1.0\\r\\n\\r\\n' >&3
read -r -t 2 line <&3
[[ $line == *' 200 '* ]]
`

/**
 * Without a weight a failed check hands the address over at once, with "nopreempt" too; a weight would be ignored by
 * peers that do not preempt. The check is about this HAProxy alone, so a lost database never drops the address.
 */
export function keepalivedConf({ spec, node, secrets }: RoleContext, networkInterface: string): string {
  const balancers = nodesWith(spec, 'balancer')
  const peers = balancers.filter((peer) => peer.name !== node.name)
  const priority = 200 - 10 * balancers.findIndex((peer) => peer.name === node.name)
  return `# Written by Bramble.
global_defs {
  router_id ${node.name}
  script_user root
  enable_script_security
}

vrrp_script haproxy {
  script "${checkPath}"
  interval 1
  timeout 3
  fall 2
  rise 2
}

vrrp_instance ${spec.name} {
  state BACKUP
  nopreempt
  interface ${networkInterface}
  virtual_router_id ${spec.vrid}
  priority ${priority}
  advert_int 1
  garp_master_delay 1
  garp_master_refresh 30
  unicast_src_ip ${node.address}
  unicast_peer {
${peers.map((peer) => `    ${peer.address}`).join('\n')}
  }
  authentication {
    auth_type PASS
    auth_pass ${secrets.vrrp.reveal()}
  }
  virtual_ipaddress {
    ${spec.vip}/32 dev ${networkInterface}
  }
  track_script {
    haproxy
  }
}
`
}
