/** What people paste when they are asked for the addresses of their Pis. Pure. */
import { Ipv4, ipv4Number, NodeName } from '@bramble/cluster'

export interface PastedNode {
  /** When the line gave one: `leader 192.168.1.21`, as in a hosts file either way round. */
  name: string | null
  address: string
}

export interface Pasted {
  nodes: PastedNode[]
  /** One sentence for each part that is neither an address nor a name. */
  problems: string[]
}

const most = 32

/**
 * Takes addresses one under the other or separated by commas, `192.168.1.21-24`, `192.168.1.21-192.168.1.24`, short
 * followers as in `192.168.1.21, .22`, and lines with a name beside the address.
 */
export function readAddresses(text: string): Pasted {
  const nodes: PastedNode[] = []
  const problems: string[] = []
  let previous: string | null = null
  for (const line of text.split(/[\n,;]+/)) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/).filter(Boolean)
    let name: string | null = null
    let found: string[] = []
    for (const word of words) {
      const addresses = expand(word, previous)
      if (typeof addresses === 'string') {
        if (NodeName.safeParse(word.toLowerCase()).success && /[a-z]/i.test(word)) name ??= word.toLowerCase()
        else problems.push(addresses)
      } else found = [...found, ...addresses]
    }
    if (name && found.length === 0) problems.push(`"${line.trim()}" contains no address.`)
    for (const address of found) nodes.push({ name: found.length === 1 ? name : null, address })
    previous = found.at(-1) ?? previous
  }
  const unique = nodes.filter((node, at) => nodes.findIndex((other) => other.address === node.address) === at)
  if (unique.length > most) problems.push(`${unique.length} addresses are too many: ${most} Pis at most.`)
  return { nodes: unique.slice(0, most), problems }
}

/** The addresses a word stands for, or the sentence that says why it stands for none. */
function expand(word: string, previous: string | null): string[] | string {
  const [from = '', to, ...rest] = word.split(/-|–|\.\.\.?(?=\d)/)
  const first = full(from, previous)
  if (!first || rest.length > 0) return `"${word}" is not an address such as 192.168.1.21.`
  if (to === undefined) return [first]
  const last = full(/^\d+$/.test(to) ? `.${to}` : to, first)
  if (!last) return `"${word}" is not a range such as 192.168.1.21-24.`
  const count = ipv4Number(last) - ipv4Number(first) + 1
  if (count < 1) return `"${word}" has its end before its start.`
  if (count > most) return `"${word}" holds ${count} addresses: ${most} Pis at most.`
  return Array.from({ length: count }, (_, at) => dotted(ipv4Number(first) + at))
}

function full(text: string, previous: string | null): string | null {
  const whole = /^\.\d+$/.test(text) && previous ? previous.replace(/\.\d+$/, text) : text
  return Ipv4.safeParse(whole).success ? whole : null
}

export function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

/** `pi-1`, `pi-2` …: the first that is free. */
export function freeName(taken: readonly string[]): string {
  for (let at = 1; ; at++) if (!taken.includes(`pi-${at}`)) return `pi-${at}`
}
