/** Names and addresses for Pis that do not exist yet: free ones in a network that a station stands in. Pure. */
import { ipv4Number, type StationNetwork, sameSubnet } from '@bramble/cluster'
import { dotted } from './addresses.ts'
import { wizard } from './copy.ts'

export interface NetworkChoice {
  /** `192.168.1.0/24`. */
  key: string
  words: string
  prefix: number
  lab: boolean
  /** Addresses that are somebody's: the station's and the gateway's. */
  held: string[]
}

/** Networks of all stations, each once, labs last. */
export function networkChoices(
  stations: readonly { name: string; networks: readonly StationNetwork[] }[],
): NetworkChoice[] {
  const found = new Map<string, NetworkChoice>()
  for (const { name, networks } of stations)
    for (const network of networks) {
      const { address, prefix, gateway, lab } = network
      const size = 2 ** (32 - prefix)
      const start = dotted(Math.floor(ipv4Number(address) / size) * size)
      const key = `${start}/${prefix}`
      const held = [address, ...(gateway ? [gateway] : [])]
      const known = found.get(key)
      if (known) known.held.push(...held)
      else {
        const words = lab ? wizard.flash.lab(start.split('.')[2]!) : wizard.flash.lan(key, network.interface, name)
        found.set(key, { key, words, prefix, lab, held })
      }
    }
  return [...found.values()].sort((a, b) => Number(a.lab) - Number(b.lab))
}

export interface Proposal {
  addresses: string[]
  vip: string
}

/**
 * `count` addresses in a row from .11 on, the virtual IP .100; the next free place when one is taken. Networks wider
 * than a /24 are used where the station stands. Null when there is no room.
 */
export function proposeAddresses(choice: NetworkChoice, count: number, taken: ReadonlySet<string>): Proposal | null {
  const [station] = choice.held
  if (!station) return null
  const prefix = Math.max(24, choice.prefix)
  const size = 2 ** (32 - prefix)
  const start = Math.floor(ipv4Number(station) / size) * size
  const free = (offset: number) => {
    const address = dotted(start + offset)
    return offset > 0 && offset < size - 1 && !taken.has(address) && !choice.held.includes(address)
  }
  const whole = Array.from({ length: size }, (_, offset) => offset)
  const tens = whole.filter((offset) => offset % 10 === 1 && offset > 1)
  const row = [...tens, ...whole].find((from) => Array.from({ length: count }, (_, at) => from + at).every(free))
  if (row === undefined) return null
  const inRow = (offset: number) => offset >= row && offset < row + count
  const vip = [...whole.slice(100), ...whole].find((offset) => free(offset) && !inRow(offset))
  if (vip === undefined) return null
  return {
    addresses: Array.from({ length: count }, (_, at) => dotted(start + row + at)),
    vip: dotted(start + vip),
  }
}

/** True when the address lies in the network, however wide that is. */
export function inNetwork(choice: NetworkChoice, address: string): boolean {
  return choice.held[0] !== undefined && sameSubnet(choice.held[0], address, choice.prefix)
}
