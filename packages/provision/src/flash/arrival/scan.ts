/** Looks for Pis by the host key that was written to their card: who shows it is the one, at whatever address. */
import { setMaxListeners } from 'node:events'
import { networkInterfaces } from 'node:os'
import { ipv4Number } from '@bramble/cluster'
import { shownHostKey } from '../../ssh/host-key.ts'

export interface ScanInput {
  /** Networks by an address of theirs, the station's own. Of larger ones than /22 only the part around it. */
  networks: readonly { address: string; prefix: number }[]
  /** Addresses to ask before all others. */
  first?: readonly string[]
  port: number
  /** SHA256 fingerprints of the wanted keys. */
  fingerprints: ReadonlySet<string>
  signal?: AbortSignal
  onFound: (address: string, fingerprint: string) => void
  /** An address of `first` shows another key. */
  onStranger?: (address: string, fingerprint: string) => void
}

const atOnce = 24
const patience = 1500

/** Resolves when every address was asked, every key was found or the signal came. Nobody signs in. */
export async function findByHostKey(input: ScanInput): Promise<void> {
  const { port, fingerprints } = input
  const first = new Set(input.first ?? [])
  const waiting = new Set(first)
  const missing = new Set(fingerprints)
  const addresses = addressesOf(input)
  const enough = new AbortController()
  const signal = AbortSignal.any([enough.signal, ...(input.signal ? [input.signal] : [])])
  setMaxListeners(3 * atOnce, signal)
  const ask = async (address: string) => {
    const fingerprint = await shownHostKey(address, port, { patience, signal }).catch(() => null)
    if (signal.aborted) return
    waiting.delete(address)
    if (fingerprint !== null && fingerprints.has(fingerprint)) {
      missing.delete(fingerprint)
      input.onFound(address, fingerprint)
    } else if (fingerprint !== null && first.has(address)) input.onStranger?.(address, fingerprint)
    // A machine that never answers keeps nobody waiting who has what he came for.
    if (missing.size === 0 && waiting.size === 0) enough.abort()
  }
  const runner = async () => {
    for (const address of addresses) {
      if (signal.aborted) return
      await ask(address)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, runner))
}

/** Each address once: the first ones, then the networks from their beginning. Shared by all runners. */
function* addressesOf({ networks, first = [] }: ScanInput): Generator<string> {
  const own = new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)))
  const seen = new Set([...own, ...networks.map(({ address }) => address)])
  for (const address of first) {
    if (seen.has(address)) continue
    seen.add(address)
    yield address
  }
  for (const { address, prefix } of networks) {
    const size = 2 ** (32 - Math.max(prefix, 22))
    const start = Math.floor(ipv4Number(address) / size) * size
    for (let host = start + 1; host < start + size - 1; host++) {
      const text = addressText(host)
      if (seen.has(text)) continue
      seen.add(text)
      yield text
    }
  }
}

const addressText = (number: number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
