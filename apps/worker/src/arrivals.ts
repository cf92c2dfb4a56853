/** The ear for Pis that boot from a card: POST /arrivals, signed with the key that was written to the card. */
import { readdir, rm, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cardForArrival, type ExpectedCard, expectsArrivals, recordArrival, recordForgery } from '@bramble/db/flash'
import { Arrival, verifyArrival } from '@bramble/provision/flash'
import { RateLimit } from './rate-limit.ts'
import type { Station } from './station/station.ts'
import type { Welcome } from './welcome.ts'

const bodyLimit = 8 * 1024
/** Connections: of everybody, and of one address. A Pi needs one. */
const mostConnections = 200
const mostOfAddress = 8
/** Milliseconds that one may stay without a whole request. */
const idleMs = 5_000
/** Milliseconds between two forged calls for one card that are written down. */
const forgeryPause = 600_000
const labs = '/run/bramble-lab'
const lookMs = 5_000

export class Arrivals {
  readonly #welcome: Welcome
  readonly #limit = new RateLimit({ burst: 60, perSecond: 4 })
  readonly #servers = new Map<string, { server: Server; inode: number }>()
  /** When a forged call for this card was written down last. */
  readonly #forged = new Map<string, number>()

  constructor(welcome: Welcome) {
    this.#welcome = welcome
  }

  /**
   * Listens on the port, as long as a card waits for its Pi, and in every lab that runs, until the signal aborts. A port that
   * is taken is tried again.
   */
  async run(port: number, station: Station, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#listenOnPort(port, station)
      await this.#listenInLabs()
      await sleep(lookMs, undefined, { signal }).catch(() => undefined)
    }
    await Promise.all([...this.#servers.values()].map(({ server }) => closed(server)))
  }

  async #listenOnPort(port: number, station: Station): Promise<void> {
    // Nothing listens on the network that nobody needs. A database that is away changes nothing.
    const expects = await expectsArrivals().catch(() => this.#servers.has('port'))
    const open = this.#servers.get('port')
    if (!expects) {
      this.#servers.delete('port')
      if (open) await closed(open.server)
      return
    }
    if (open) return
    try {
      this.#servers.set('port', { server: await this.#listen({ port, host: '0.0.0.0' }, 'port'), inode: 0 })
      station.lack('arrivals', null)
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'is taken' : 'cannot be listened on'
      station.lack('arrivals', {
        what: `Pis cannot report their first boot: port ${port} of this machine ${why}. Bramble still searches for them on the network.`,
        cure: 'Stop the other program, or set BRAMBLE_ARRIVALS_PORT to a free port.',
      })
    }
  }

  async #listenInLabs(): Promise<void> {
    await this.#leaveLabs()
    const folders = await readdir(labs).catch(() => [])
    for (const name of folders.filter((folder) => /^[0-9]+$/.test(folder))) {
      const path = join(labs, name, 'arrivals.sock')
      if (this.#servers.has(path)) continue
      if ((await inodeOf(join(labs, name, 'gateway.sock'))) === null || (await answers(path))) continue
      try {
        await rm(path, { force: true })
        const server = await this.#listen({ path }, path)
        this.#servers.set(path, { server, inode: (await inodeOf(path)) ?? 0 })
      } catch (error) {
        console.error(`arrivals: ${(error as Error).message}`)
      }
    }
  }

  /** A lab that went down or came up anew has another folder: the socket of the old one is heard by nobody. */
  async #leaveLabs(): Promise<void> {
    for (const [path, { server, inode }] of this.#servers) {
      const now = path === 'port' ? inode : await inodeOf(path)
      if (now === inode) continue
      this.#servers.delete(path)
      // Closing would take the file away, which by now may be another's.
      if (now === null) await closed(server)
      else server.unref()
    }
  }

  async #listen(where: { port: number; host: string } | { path: string }, key: string): Promise<Server> {
    const options = {
      requestTimeout: 10_000,
      headersTimeout: idleMs,
      keepAliveTimeout: 1_000,
      connectionsCheckingInterval: 1_000,
    }
    const server = createServer(options, (request, response) => void this.#answer(request, response, key))
    boundConnections(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(where, () => {
        server.off('error', reject)
        resolve()
      })
    })
    server.on('error', (error) => console.error(`arrivals: ${error.message}`))
    return server
  }

  async #answer(request: IncomingMessage, response: ServerResponse, key: string): Promise<void> {
    const status = await this.#statusOf(request, key).catch((error: Error) => {
      console.error(`arrivals: ${error.message}`)
      return 500
    })
    // What of the body was not read is not waited for.
    response.writeHead(status, status === 204 ? {} : { 'content-length': 0, connection: 'close' }).end()
  }

  async #statusOf(request: IncomingMessage, key: string): Promise<number> {
    if (request.url !== '/arrivals') return 404
    if (request.method !== 'POST') return 405
    if (!this.#limit.takes(request.socket.remoteAddress ?? key)) return 429
    const body = await bodyOf(request)
    if (body === null) return 413
    const arrival = Arrival.safeParse(parsed(body))
    if (!arrival.success) return 400
    const card = await cardForArrival(arrival.data.card)
    if (!card) return 404
    if (!verifyArrival(arrival.data, card.publicLine)) {
      await this.#noteForgery(card, request.socket.remoteAddress ?? arrival.data.address)
      return 403
    }
    await this.#accept(card, arrival.data)
    return 204
  }

  /** Once in a while, and only while its Pi is waited for: what anybody can say must not fill the page or the audit. */
  async #noteForgery(card: ExpectedCard, address: string): Promise<void> {
    if (card.phase !== 'written' && card.phase !== 'booting') return
    const now = Date.now()
    if (now - (this.#forged.get(card.card) ?? 0) < forgeryPause) return
    for (const [known, at] of this.#forged) if (now - at >= forgeryPause) this.#forged.delete(known)
    this.#forged.set(card.card, now)
    await recordForgery(card, forged(card, address))
  }

  async #accept(card: ExpectedCard, { stage, address }: Arrival): Promise<void> {
    await recordArrival({ card: card.card, address })
    // The Pi is not kept waiting for what it already did.
    if (stage === 'online') void this.#welcome.meet(card, address, true).catch(logged)
  }
}

const forged = ({ node }: ExpectedCard, address: string) => ({
  code: 'arrival-forged',
  message: `A machine at ${address} pretended to be ${node}, without the key that was written to its card. It was refused.`,
  cure: 'Find this machine on your network. The right Pi is still accepted when it boots.',
})

/** Few of each address; when there are too many in all, the one that has been silent longest makes room. */
function boundConnections(server: Server): void {
  const open = new Map<Socket, string>()
  const busy = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    // Behind a socket in the file system all callers look alike.
    const address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? ''
    const others = address === '' ? 0 : [...open.values()].filter((other) => other === address).length
    if (others >= mostOfAddress) {
      socket.destroy()
      return
    }
    if (open.size >= mostConnections) {
      const oldest = [...open.keys()].find((other) => !busy.has(other))
      if (!oldest) {
        socket.destroy()
        return
      }
      open.delete(oldest)
      oldest.destroy()
    }
    open.set(socket, address)
    socket.setTimeout(idleMs, () => socket.destroy())
    socket.once('close', () => {
      open.delete(socket)
      busy.delete(socket)
    })
  })
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    busy.add(request.socket)
    response.once('close', () => busy.delete(request.socket))
  })
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) return null
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > bodyLimit) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function inodeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ ino }) => ino,
    () => null,
  )
}

/** Another worker of this machine listens there already. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

const logged = (error: Error) => console.error(`arrivals: ${error.message}`)
