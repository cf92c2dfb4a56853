/** /etc/keepalived/keepalived.conf as a template. */
import { readFileSync } from 'node:fs'
import { nodesWith } from '@bramble/cluster'
import type { RoleContext } from '../../core/types.ts'
import { alivePort } from './haproxy.cfg.ts'

export const strangerPath = '/usr/local/lib/bramble/address-taken'
export const checkPath = '/usr/local/lib/bramble/haproxy-alive'

/** Bash alone: it starts in a few milliseconds, every second, for years. Python only where a balancer finds no primary. */
export const checkScript = (vip: string): string => `#!/bin/bash
# Written by Bramble. Does HAProxy on this Pi answer? Losing the database or the site never drops the address.
ask() {
  exec 3<>/dev/tcp/127.0.0.1/${alivePort} || exit 1
  printf 'GET %s HTTP/1.0\\r\\n\\r\\n' "$1" >&3
  read -r -t 2 line <&3
  exec 3>&-
  [[ $line == *' 200 '* ]]
}
ask /alive || exit 1
ask /primary && exit 0
# No primary here. Where another machine answers for the address, this one was cut off or removed: it stays back.
! ${strangerPath} ${vip}
`

/** Exits with 0 when another machine answers for an address. */
export const strangerScript = readFileSync(new URL('./address-taken.py', import.meta.url), 'utf8')

/**
 * Without a weight a failed check hands the address over at once, with "nopreempt" too; a weight would be ignored by
 * peers that do not preempt. The check is about this HAProxy alone, so a lost database never drops the address; only a
 * balancer without a primary leaves it to another machine that has it.
 */
export function keepalivedConf({ spec, node, secrets }: RoleContext, networkInterface: string): string {
  const balancers = nodesWith(spec, 'balancer')
  const peers = balancers.filter((peer) => peer.name !== node.name)
  const priority = 200 - 10 * balancers.findIndex((peer) => peer.name === node.name)
  // Keepalived refuses a list of peers that names none.
  const among =
    peers.length > 0
      ? `  unicast_src_ip ${node.address}\n  unicast_peer {\n${peers.map((peer) => `    ${peer.address}\n`).join('')}  }\n`
      : ''
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
${among}  authentication {
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
