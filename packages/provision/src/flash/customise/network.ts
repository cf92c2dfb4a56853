/**
 * The node's network. The node's own address goes to the Wi-Fi when there is one, else to the cable; the other of
 * the two, when plugged in, takes what the router gives.
 */
import { uuidOf } from '../uuid.ts'
import type { NodeFile } from './node-files.ts'
import type { CardSettings } from './request.ts'

interface Wanted {
  addresses: string[]
  gateway: string | null
  dns: string[]
}

/** Null: DHCP. Without a name server of its own the gateway is asked, as home routers answer. */
function wanted({ node, settings }: CardSettings): Wanted | null {
  if (settings.network === 'dhcp') return null
  const { gateway, dns, prefix } = settings
  return { addresses: [`${node.address}/${prefix}`], gateway, dns: dns.length === 0 && gateway ? [gateway] : dns }
}

/** netplan's format, version 2, as cloud-init takes it. */
export function networkConfig(card: CardSettings): object {
  const own = netplanAddress(wanted(card))
  if (!card.wifi) return { version: 2, ethernets: { eth0: own } }
  const { ssid, country, psk } = card.wifi
  return {
    version: 2,
    ethernets: { eth0: { dhcp4: true, optional: true } },
    wifis: {
      wlan0: { ...own, 'regulatory-domain': country, 'access-points': { [ssid]: { password: psk.reveal() } } },
    },
  }
}

function netplanAddress(address: Wanted | null): object {
  if (!address) return { dhcp4: true }
  return {
    dhcp4: false,
    addresses: address.addresses,
    // Numbers: not every renderer knows the word `default`.
    ...(address.gateway ? { routes: [{ to: '0.0.0.0/0', via: address.gateway }] } : {}),
    ...(address.dns.length > 0 ? { nameservers: { addresses: address.dns } } : {}),
  }
}

/** Connections of NetworkManager, for images without cloud-init. */
export function networkManagerFiles(card: CardSettings): NodeFile[] {
  const own = keyfileAddress(wanted(card))
  const cable = ['type=ethernet', 'interface-name=eth0']
  if (!card.wifi) return [keyfile(card, 'bramble-eth0', cable, ['[ipv4]', ...own])]
  const { ssid, psk } = card.wifi
  // Bytes as numbers: any name of a network stands here without quotes.
  const bytes = [...Buffer.from(ssid, 'utf8')].map((byte) => `${byte};`).join('')
  const radio = ['[wifi]', 'mode=infrastructure', `ssid=${bytes}`]
  const safety = ['[wifi-security]', 'key-mgmt=wpa-psk', `psk=${psk.reveal()}`]
  return [
    keyfile(card, 'bramble-eth0', cable, ['[ipv4]', 'method=auto']),
    keyfile(card, 'bramble-wlan0', ['type=wifi', 'interface-name=wlan0'], [...radio, ...safety, '[ipv4]', ...own]),
  ]
}

function keyfileAddress(address: Wanted | null): string[] {
  if (!address) return ['method=auto']
  return [
    'method=manual',
    ...address.addresses.map((one, index) => `address${index + 1}=${one}`),
    ...(address.gateway ? [`gateway=${address.gateway}`] : []),
    ...(address.dns.length > 0 ? [`dns=${address.dns.map((one) => `${one};`).join('')}`] : []),
  ]
}

function keyfile(card: CardSettings, id: string, connection: readonly string[], rest: readonly string[]): NodeFile {
  return {
    path: `/etc/NetworkManager/system-connections/${id}.nmconnection`,
    mode: '0600',
    content: `${['[connection]', `id=${id}`, `uuid=${uuidOf(`${card.cardId} ${id}`)}`, ...connection, ...rest, '[ipv6]', 'method=auto'].join('\n')}\n`,
  }
}
