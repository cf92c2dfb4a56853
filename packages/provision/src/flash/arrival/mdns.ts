/** Asks the local network for `name.local` (RFC 6762, one-shot). No daemon is needed on this machine. */
import { createSocket, type Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'

export interface MdnsOptions {
  /** Milliseconds to listen; default 2000. */
  timeout?: number
  signal?: AbortSignal
  /** Where the question goes; default: the multicast group of mDNS. */
  group?: { address: string; port: number }
}

const everybody = { address: '224.0.0.251', port: 5353 }

/** IPv4 addresses that the name has, each once; empty when nobody answers. Ends with the first answer. */
export async function resolveMdns(name: string, options: MdnsOptions = {}): Promise<string[]> {
  const { timeout = 2000, signal, group = everybody } = options
  const host = `${name.replace(/\.local\.?$/i, '')}.local`.toLowerCase()
  const question = questionFor(host)
  // The kernel would send it into one network of this machine only.
  const ways = group === everybody ? ownAddresses().map((way) => openWay(way)) : [openWay()]
  return new Promise((resolve) => {
    const end = (found: string[]) => {
      clearTimeout(deadline)
      clearInterval(again)
      signal?.removeEventListener('abort', onAbort)
      for (const way of ways) way.removeAllListeners('message').close()
      resolve(found)
    }
    const onAbort = () => end([])
    // The question may be lost, as any datagram; a network that is down cannot take it at all.
    const ask = () => {
      for (const way of ways) way.send(question, group.port, group.address, () => undefined)
    }
    const deadline = setTimeout(() => end([]), timeout)
    const again = setInterval(ask, 500)
    for (const way of ways)
      way.on('message', (message) => {
        const found = answersFor(host, message)
        if (found.length > 0) end(found)
      })
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    else ask()
  })
}

function openWay(address?: string): Socket {
  const socket = createSocket('udp4')
  socket.on('error', () => undefined)
  if (address) socket.bind(0, () => setInterface(socket, address))
  return socket
}

function setInterface(socket: Socket, address: string): void {
  try {
    socket.setMulticastInterface(address)
  } catch {
    // The interface went away a moment ago: the others are asked.
  }
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address)
}

/** An A question, with the bit that asks for an answer to us alone. */
function questionFor(host: string): Buffer {
  const labels = host.split('.').map((label) => {
    const text = Buffer.from(label, 'utf8')
    return Buffer.concat([Buffer.from([text.length]), text])
  })
  const header = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0x80, 1])])
}

/** The A records of the host in a message; empty when it is broken or none of ours. */
function answersFor(host: string, message: Buffer): string[] {
  const found = new Set<string>()
  try {
    if ((message.readUInt8(2) & 0x80) === 0) return []
    const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10)
    let at = 12
    for (let left = message.readUInt16BE(4); left > 0; left--) at = nameAt(message, at).end + 4
    for (let left = records; left > 0; left--) {
      const { name, end } = nameAt(message, at)
      const length = message.readUInt16BE(end + 8)
      const address = message.subarray(end + 10, end + 10 + length)
      if (message.readUInt16BE(end) === 1 && address.length === 4 && name.toLowerCase() === host)
        found.add([...address].join('.'))
      at = end + 10 + length
    }
  } catch {
    // A message that ends too early says nothing more.
  }
  return [...found]
}

/** A name may end in a pointer to an earlier one. */
function nameAt(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = []
  let end = 0
  let at = start
  for (let jumps = 0; jumps < 16; ) {
    const length = message.readUInt8(at)
    if (length === 0) return { name: labels.join('.'), end: end || at + 1 }
    if (length >= 0xc0) {
      end ||= at + 2
      at = message.readUInt16BE(at) & 0x3fff
      jumps++
    } else {
      labels.push(message.toString('utf8', at + 1, at + 1 + length))
      at += 1 + length
    }
  }
  throw new Error('pointers in a circle')
}
