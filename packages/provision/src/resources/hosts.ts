/**
 * Names of the cluster's nodes in /etc/hosts: a marked block of Bramble's own. Every other line stays, byte for byte, but
 * one that gives a node's name to another machine: it is commented out.
 */

import { fileState } from '../engine/file.ts'
import { because, type Facts, type Step, settled } from '../engine/types.ts'

const first = '# --- Bramble: the nodes of the cluster'
const last = '# --- Bramble: end'
const other = '# Bramble: a name of the cluster was on this line: '

/** Every byte of it, in whatever encoding it is. */
export const hostsFile = fileState('/etc/hosts', { content: true })

/** Null when the file is there and its bytes are not known: then it is not to be touched. */
export function hostsNow(facts: Facts): Buffer | null {
  const { kind, bytes } = facts.of(hostsFile)
  return kind === 'absent' ? Buffer.alloc(0) : kind === 'file' ? bytes : null
}

export interface HostsWanted {
  entries: readonly { address: string; name: string }[]
  /** The node itself: a line that names its loopback after it, as Debian and cloud-init write, is right. */
  own: string
}

/** /etc/hosts with the block in it; a second pass changes nothing. */
export function hostsText(existing: Buffer, { entries, own }: HostsWanted): Buffer {
  const names = new Set(entries.map((entry) => entry.name))
  // One character a byte: an encoding that is not known comes back as it was.
  const text = existing.toString('latin1')
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const kept: string[] = []
  let inside = false
  let at: number | null = null
  let claimed: number | null = null
  for (const line of lines) {
    if (line === first && !inside) {
      inside = true
      at ??= kept.length
    }
    const [address = '', ...claims] = line.split('#', 1)[0]!.trim().split(/\s+/)
    if (!inside) {
      const taken = claims.filter((name) => names.has(name))
      if (taken.length === 0) kept.push(line)
      else if (isLoopback(address) && taken.every((name) => name === own)) {
        claimed ??= kept.length
        kept.push(line)
      } else {
        const rest = claims.filter((name) => !names.has(name))
        kept.push(`${other}${line}`, ...(rest.length > 0 ? [`${address}\t${rest.join(' ')}`] : []))
      }
    }
    if (line === last) inside = false
  }
  const hasLocalhost = kept.some((line) => /^127\.0\.0\.1\s(.*\s)?localhost(\s|$)/.test(line))
  const block = [
    first,
    ...(hasLocalhost ? [] : ['127.0.0.1\tlocalhost']),
    ...entries.map(({ address, name }) => `${address}\t${name}`),
    last,
  ]
  // The first line that names a host counts, so the block comes before a loopback line of the same name.
  kept.splice(Math.min(at ?? kept.length, claimed ?? kept.length), 0, ...block)
  return Buffer.from(`${kept.join('\n')}\n`, 'latin1')
}

const isLoopback = (address: string) => address.startsWith('127.') || address === '::1'

export function hosts(spec: HostsWanted & { id: string }): Step {
  return {
    id: spec.id,
    title: 'Add the nodes to /etc/hosts',
    reads: [hostsFile],
    check(facts) {
      if (facts.of(hostsFile).kind === 'absent') return because('not present yet')
      const now = hostsNow(facts)
      if (now === null) return because('not readable')
      return now.equals(hostsText(now, spec)) ? settled : because('a node is missing or has a new address')
    },
    apply(facts) {
      const now = hostsNow(facts)
      if (now === null) return []
      const { kind, mode, owner } = facts.of(hostsFile)
      const kept = kind === 'absent' ? { mode: 0o644 } : { mode, owner }
      return [{ kind: 'put', path: '/etc/hosts', content: hostsText(now, spec), ...kept }]
    },
    cure: 'Bramble edits /etc/hosts only if it is a plain file of at most 16 MB. Replace it with one, then press Retry.',
  }
}
