/** The networks where Pis of this station can live: its own, and those of running labs. */
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { Ipv4, StationNetwork } from '@bramble/cluster'
import { run } from '@bramble/process'

/** Bridges and cables of containers and virtual machines, and tunnels: no Pi is plugged in there. */
const inner = /^(docker|br-|veth|virbr|vnet|lxc|lxd|cni|flannel|podman|tun|tap|wg|tailscale|zt|utun|awdl|llw|bridge)/

export async function listNetworks(): Promise<StationNetwork[]> {
  const [gateways, labs] = await Promise.all([gatewaysOf(), labNetworks()])
  return [...ownNetworks(networkInterfaces(), gateways), ...labs]
}

/** Pure. `gateways`: by interface. */
export function ownNetworks(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
  gateways: ReadonlyMap<string, string>,
): StationNetwork[] {
  return Object.entries(interfaces).flatMap(([name, addresses]) =>
    (addresses ?? []).flatMap(({ family, internal, address, cidr }) => {
      if (family !== 'IPv4' || internal || inner.test(name) || address.startsWith('169.254.')) return []
      const network = { interface: name, address, prefix: Number(cidr?.split('/')[1]), lab: false }
      const found = StationNetwork.safeParse({ ...network, gateway: gateways.get(name) ?? null })
      return found.success ? [found.data] : []
    }),
  )
}

async function gatewaysOf(): Promise<Map<string, string>> {
  if (process.platform === 'linux') return parseRoutes(await readFile('/proc/net/route', 'utf8').catch(() => ''))
  const told = await run(['route', '-n', 'get', 'default'], { timeout: 5_000 }).catch(() => null)
  const [gateway, name] = ['gateway', 'interface'].map(
    (key) => new RegExp(`${key}: (\\S+)`).exec(told?.stdout ?? '')?.[1],
  )
  return new Map(gateway && name && Ipv4.safeParse(gateway).success ? [[name, gateway]] : [])
}

/** Default routes of /proc/net/route, the cheapest of each interface. */
export function parseRoutes(text: string): Map<string, string> {
  const rows = text.split('\n').slice(1)
  const routes = rows.flatMap((row) => {
    const [name, destination, gateway, flags, , , metric] = row.trim().split(/\s+/)
    const up = (Number.parseInt(flags ?? '0', 16) & 3) === 3
    if (!name || destination !== '00000000' || !gateway || !up) return []
    // Four bytes in the order of this machine's memory: little-endian on everything Bramble runs on.
    const address = [...Buffer.from(gateway, 'hex').reverse()].join('.')
    return [{ name, address, metric: Number(metric) }]
  })
  return new Map(routes.sort((a, b) => b.metric - a.metric).map(({ name, address }) => [name, address]))
}

const labs = '/run/bramble-lab'

async function labNetworks(): Promise<StationNetwork[]> {
  const numbers = (await readdir(labs).catch(() => [])).filter((name) => /^\d{1,3}$/.test(name) && Number(name) <= 255)
  const running = await Promise.all(numbers.map((number) => answers(`${labs}/${number}/gateway.sock`)))
  return numbers
    .filter((_, index) => running[index])
    .map(Number)
    .sort((a, b) => a - b)
    .map((id) => ({ interface: `lab ${id}`, address: `198.18.${id}.1`, prefix: 24, gateway: null, lab: true }))
}

/** A lab that was killed leaves its socket behind. */
function answers(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ path, timeout: 1_000 })
    const end = (alive: boolean) => {
      socket.destroy()
      settle(alive)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}
