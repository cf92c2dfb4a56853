/** The firewall as a table of its own: rules that the user or Docker made stay as they are. */
import { type ClusterSpec, nodesWith, repositoryNode } from '@bramble/cluster'
import { appPorts } from '../serving/records.ts'
import { appUserIds } from '../serving/units.ts'

/** An nftables file that replaces the table `inet bramble` in one transaction. Protocols go by number: names need netbase. */
export function firewallRules(spec: ClusterSpec): string {
  const cluster = [...spec.nodes.map((node) => node.address), spec.vip]
  const balancers = nodesWith(spec, 'balancer').map((node) => node.address)
  const vrrp =
    balancers.length > 0 ? `    ip protocol 112 ip saddr { ${balancers.join(', ')} } accept comment "VRRP"\n` : ''
  const backups = repositoryNode(spec) ? '    ip saddr @cluster tcp dport 8432 accept comment "backups"\n' : ''
  const { allowFrom } = spec.database
  const clients = allowFrom
    ? `  set database_clients {
    type ipv4_addr
    flags interval
    auto-merge
    elements = { ${allowFrom.join(', ')} }
  }
`
    : ''
  const ports = 'tcp dport { 5000, 5001 } accept comment "PostgreSQL through the balancer: read-write, read-only"'
  const database = (allowFrom ? ['ip saddr @database_clients ', 'ip saddr @cluster '] : [''])
    .map((from) => `    ${from}${ports}\n`)
    .join('')
  return `#!/usr/sbin/nft -f
# Managed by Bramble. Local changes are overwritten. Everything not listed here is rejected.
table inet bramble
delete table inet bramble
table inet bramble {
  set cluster {
    type ipv4_addr
    elements = { ${cluster.join(', ')} }
  }
${clients}  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
    ip protocol 1 accept comment "ICMP"
    meta l4proto 58 accept comment "ICMPv6"
    udp sport 67 udp dport 68 accept comment "DHCP"
    udp sport 547 udp dport 546 accept comment "DHCPv6"
    udp dport 5353 accept comment "mDNS: name.local"
    tcp dport ${spec.ssh.port} accept comment "SSH"
    tcp dport { 80, 443 } accept comment "the site"
${database}    ip saddr @cluster udp dport 123 accept comment "time"
    ip saddr @cluster tcp dport { 2379, 2380 } accept comment "etcd"
    ip saddr @cluster tcp dport { 5432, 8008 } accept comment "PostgreSQL, Patroni"
    ip saddr @cluster tcp dport 8000 accept comment "the site behind the balancer"
${backups}${appsIn(spec)}${vrrp}    meta pkttype host tcp flags & (fin|syn|rst|ack) == syn reject with tcp reset
  }
${appsOut(spec)}}
`
}

const ports = `${appPorts.first}-${appPorts.last}`
/** What the nodes serve to each other. Ports and ranges as nftables has them. */
export const clusterPorts = ({ ssh }: ClusterSpec): string[] => [
  ...[ssh.port, 2379, 2380, 5432, 8000, 8008].map(String),
  ...['8404-8407', '8432', ports],
]

const hasApps = ({ apps = [] }: ClusterSpec) => apps.length > 0

function appsIn(spec: ClusterSpec): string {
  const balancers = nodesWith(spec, 'balancer').map(({ address }) => address)
  if (!hasApps(spec) || balancers.length === 0) return ''
  return `    ip saddr { ${balancers.join(', ')} } tcp dport ${ports} accept comment "apps behind the balancer"\n`
}

/** An app may use the internet, and of the cluster what every client may: the sites and the database's ports. */
function appsOut(spec: ClusterSpec): string {
  if (!hasApps(spec)) return ''
  return `  chain output {
    type filter hook output priority filter; policy accept;
    meta skuid ${appUserIds.first}-${appUserIds.last} goto apps
  }
  chain apps {
    ct state established,related accept
    tcp dport { 80, 443, 5000, 5001 } accept
    oif lo tcp dport { ${clusterPorts(spec).join(', ')} } reject with tcp reset
    ip6 daddr { fc00::/7, fe80::/10 } tcp dport { ${clusterPorts(spec).join(', ')} } reject with tcp reset
    meta nfproto ipv6 tcp dport ${spec.ssh.port} reject with tcp reset comment "nodes have global addresses that are not known here"
    ip daddr @cluster meta l4proto tcp reject with tcp reset
    ip daddr @cluster reject
  }
`
}

export const firewallUnit = `# Managed by Bramble. Local changes are overwritten.
[Unit]
Description=Firewall of Bramble
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=local-fs.target nftables.service
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/bramble/firewall.nft
ExecReload=/usr/sbin/nft -f /etc/bramble/firewall.nft
ExecStop=/usr/sbin/nft delete table inet bramble

[Install]
WantedBy=sysinit.target
`
