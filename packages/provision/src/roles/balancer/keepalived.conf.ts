/** /etc/keepalived/keepalived.conf as a template. */
import { readFileSync } from 'node:fs'
import { nodesWith } from '@bramble/cluster'
import type { RoleContext } from '../../engine/types.ts'
import { alivePort } from './haproxy.cfg.ts'
import { postgresAlivePort } from './postgres.cfg.ts'

export const strangerPath = '/usr/local/lib/bramble/address-taken'
export const checkPath = '/usr/local/lib/bramble/haproxy-alive'

/** Seconds that a balancer with one dead HAProxy leaves to another one that has both. */
const standBack = 10

/** Bash alone: it starts in a few milliseconds, every second, for years. Python only where a balancer lacks something. */
export const checkScript = (vip: string): string => `#!/bin/bash
# Managed by Bramble. Local changes are overwritten. Checks both HAProxy services on this Pi, not the database or the site.
mark=\${MARK:-/run/bramble-haproxy-partial}
ask() {
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET %s HTTP/1.0\\r\\n\\r\\n' "$2" >&3
  read -r -t 1 line <&3
  exec 3>&-
  [[ $line == *' 200 '* ]]
}
ask \${WEB:-${alivePort}} /alive; web=$?
ask \${POSTGRES:-${postgresAlivePort}} /alive; postgres=$?
if ((web == 0 && postgres == 0)); then
  [[ -e $mark ]] && rm -f "$mark"
  ask \${POSTGRES:-${postgresAlivePort}} /primary && exit 0
else
  ((web != 0 && postgres != 0)) && exit 1
  # One of the two failed: another load balancer gets ${standBack} s to take the address. If none does, this one keeps it.
  read -r now _ </proc/uptime
  [[ -e $mark ]] || printf '%s' "\${now%.*}" >"$mark"
  ((\${now%.*} - $(<"$mark") < ${standBack})) && exit 1
fi
# A part is missing here. If another machine holds the address, this one does not take it. A Pi too busy to ask keeps it.
! timeout 1.5 \${TAKEN:-${strangerPath}} ${vip}
`

/** Exits with 0 when another machine answers for an address. */
export const strangerScript = readFileSync(new URL('./address-taken.py', import.meta.url), 'utf8')

/**
 * Without a weight a failed check hands the address over at once, with "nopreempt" too; a weight would be ignored by
 * peers that do not preempt. The check is about this Pi's HAProxy alone, so a lost database never drops the address; only
 * a balancer that lacks a primary or one of its two services leaves it to another machine that has it.
 */
export function keepalivedConf({ spec, node, secrets }: RoleContext, networkInterface: string): string {
  const balancers = nodesWith(spec, 'balancer')
  const peers = balancers.filter((peer) => peer.name !== node.name)
  // VRRP knows priorities from 1 to 254; a spec has 32 nodes at most.
  const step = balancers.length > 20 ? 5 : 10
  const priority = 200 - step * balancers.findIndex((peer) => peer.name === node.name)
  // Keepalived refuses a list of peers that names none.
  const among =
    peers.length > 0
      ? `  unicast_src_ip ${node.address}\n  unicast_peer {\n${peers.map((peer) => `    ${peer.address}\n`).join('')}  }\n`
      : ''
  return `# Managed by Bramble. Local changes are overwritten.
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
