/** From the board and its settings to what is asked of the station, and what stands in the way. Pure. */
import {
  type FlashRequest,
  FlashSettings,
  holdsData,
  Ipv4,
  ipv4Number,
  type StationNetwork,
  sameSubnet,
  Wifi,
} from '@bramble/cluster'
import type { CardView, ImageView } from '@bramble/db/flash'
import { type Assignment, keyOf } from './assignment.ts'
import { flash as words } from './copy.ts'

/** Text as it stands in the fields. */
export interface SettingsDraft {
  network: 'static' | 'dhcp'
  prefix: string
  gateway: string
  dns: string
  wifi: 'none' | 'kept' | 'new'
  ssid: string
  password: string
  country: string
  locale: string
  keyboard: string
  probeCapacity: boolean
}

export const plainSettings: SettingsDraft = {
  network: 'static',
  prefix: '24',
  gateway: '',
  dns: '',
  wifi: 'none',
  ssid: '',
  password: '',
  country: '',
  locale: 'en_GB.UTF-8',
  keyboard: 'us',
  probeCapacity: true,
}

/** The network of a station in which every address lies; the narrowest of several. */
export function networkFor(
  networks: readonly StationNetwork[],
  addresses: readonly string[],
): StationNetwork | undefined {
  return networks
    .filter((network) => addresses.every((address) => sameSubnet(address, network.address, network.prefix)))
    .sort((a, b) => b.prefix - a.prefix)[0]
}

/** What the station's own network says about the Pis'. */
export function proposedNetwork(network: StationNetwork): Pick<SettingsDraft, 'prefix' | 'gateway' | 'dns'> {
  const gateway = network.gateway ?? ''
  return { prefix: String(network.prefix), gateway, dns: gateway }
}

interface Named {
  name: string
  address: string
}

/** What is wrong, by field; empty: nothing. */
export function settingsProblems(draft: SettingsDraft, nodes: readonly Named[], vip: string): Record<string, string> {
  const found: Record<string, string> = {}
  const { problems } = words
  if (draft.network === 'static') {
    const prefix = Number(draft.prefix)
    if (!/^\d+$/.test(draft.prefix) || prefix < 8 || prefix > 30) found.prefix = problems.prefix
    const inside = (address: string) => nodes.every((node) => sameSubnet(node.address, address, prefix))
    if (!found.prefix && vip && !inside(vip)) found.prefix = problems.prefixNarrow(vip)
    if (draft.gateway !== '') {
      if (!Ipv4.safeParse(draft.gateway).success) found.gateway = problems.gateway
      else if (!found.prefix && !inside(draft.gateway)) found.gateway = problems.gatewayOutside
      else if (nodes.some((node) => ipv4Number(node.address) === ipv4Number(draft.gateway)))
        found.gateway = problems.gatewayTaken
    }
    const dns = dnsOf(draft)
    if (dns.length > 3 || dns.some((address) => !Ipv4.safeParse(address).success)) found.dns = problems.dns
  }
  if (draft.wifi === 'new') {
    const wifi = Wifi.safeParse(wifiOf(draft))
    for (const issue of wifi.error?.issues ?? []) found[String(issue.path[0])] ??= sentence(issue.message)
    if (draft.ssid === '') found.ssid = problems.ssid
  }
  const rest = FlashSettings.safeParse({ locale: draft.locale, keyboard: draft.keyboard })
  for (const issue of rest.error?.issues ?? []) found[String(issue.path[0])] ??= sentence(issue.message)
  return found
}

/** Of fields that have no problems. */
function settingsOf(draft: SettingsDraft): FlashSettings {
  const fixed = draft.network === 'static'
  return {
    network: draft.network,
    prefix: fixed ? Number(draft.prefix) : 24,
    gateway: fixed ? draft.gateway || null : null,
    dns: fixed ? dnsOf(draft) : [],
    locale: draft.locale,
    keyboard: draft.keyboard,
    probeCapacity: draft.probeCapacity,
  }
}

export function wifiOf({ wifi, ssid, password, country }: SettingsDraft): Wifi | 'kept' | null {
  if (wifi === 'new') return { ssid, password, country: country.toUpperCase() }
  return wifi === 'kept' ? 'kept' : null
}

function dnsOf({ dns }: SettingsDraft): string[] {
  return dns.split(/[\s,;]+/).filter(Boolean)
}

/** Cards in the order of the nodes. */
export function chosenCards(
  nodes: readonly string[],
  assignment: Assignment,
  cards: readonly CardView[],
): { node: string; card: CardView }[] {
  const known = new Map(cards.map((card) => [keyOf(card.identity), card]))
  return nodes.flatMap((node) => {
    const card = known.get(assignment[node] ?? '')
    return card ? [{ node, card }] : []
  })
}

export function requestOf(input: {
  station: string
  image: string
  chosen: readonly { node: string; card: CardView }[]
  settings: SettingsDraft
}): FlashRequest {
  return {
    station: input.station,
    image: input.image,
    cards: input.chosen.map(({ node, card }) => ({
      node,
      card: card.identity,
      fixedDisk: card.offer === 'explicit',
    })),
    settings: settingsOf(input.settings),
  }
}

/** Nodes whose name has to be typed before their card is erased. */
export function toType(chosen: readonly { node: string; card: CardView }[]): string[] {
  return chosen.filter(({ card }) => holdsData(card)).map(({ node }) => node)
}

/** Bytes a card needs for the image, as far as it is known. */
export function imageSize(image: ImageView): number {
  return image.facts?.size ?? (image.source.kind === 'url' ? (image.source.contentSize ?? 0) : 0)
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
