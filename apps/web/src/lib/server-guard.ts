/**
 * The bounds of the HTTP server, before Next sees anything: connections, headers, bodies and requests of strangers.
 * Next starts the server itself, so it is met on Node's diagnostics channels at its first connection.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import diagnostics from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { bearerOf } from './bearer-header.ts'
import { wasGood } from './good-tokens.ts'
import { peerOf } from './peer.ts'
import { InFlight, networkOf, RateLimit } from './rate-limit.ts'

export interface GuardRules {
  /** Open connections, of everybody and of one sender. */
  connections: number
  connectionsEach: number
  /** Milliseconds for a whole head, and for a whole body. */
  headMs: number
  bodyMs: number
  /** Bytes. */
  body: number
  /** Requests of one sender who is not signed in. */
  strangers: { burst: number; perSecond: number }
}

const guardRules: GuardRules = {
  connections: 1_000,
  connectionsEach: 128,
  headMs: 10_000,
  bodyMs: 30_000,
  body: 1_000_000,
  strangers: { burst: 400, perSecond: 40 },
}

/** The one route whose body is a file: it has its own limits and asks first who sends it. */
const isUpload = (request: IncomingMessage) => request.url?.split('?')[0] === '/api/images/upload'

interface Open {
  leave: () => void
  /** Since when something of a request is waited for; null: the answer is being made or read. */
  head: number | null
  request: { message: IncomingMessage; began: number } | null
}

export class ServerGuard {
  readonly #open = new Map<Socket, Open>()
  readonly #each: InFlight
  readonly #strangers: RateLimit
  readonly #guarded = new WeakSet<Server>()

  /** `isKnown`: the request carries a session of ours, or a good token. */
  constructor(
    private readonly rules: GuardRules,
    private readonly isKnown: (request: IncomingMessage) => boolean,
    private readonly now: () => number = Date.now,
  ) {
    this.#each = new InFlight(rules.connectionsEach)
    this.#strangers = new RateLimit(rules.strangers, now)
  }

  /** From the first connection on. A proxy on this machine speaks for many, so its connections count in all only. */
  accept(socket: Socket, server: Server): void {
    this.#meet(server)
    const address = socket.remoteAddress ?? ''
    const leave = isHere(address) ? () => undefined : this.#each.enter(networkOf(address))
    if (!leave || this.#open.size >= this.rules.connections) {
      leave?.()
      socket.destroy()
      return
    }
    this.#open.set(socket, { leave, head: this.now(), request: null })
    socket.once('close', () => {
      this.#open.delete(socket)
      leave()
    })
  }

  /** The status that refuses the request at its head; null: it may go on. */
  refuse(request: IncomingMessage): 400 | 411 | 413 | 429 | null {
    if (!isPlain(request.url ?? '')) return 400
    if (!isUpload(request)) {
      if (request.headers['transfer-encoding'] !== undefined) return 411
      if (Number(request.headers['content-length'] ?? 0) > this.rules.body) return 413
    }
    const sender = networkOf(peerOf(request.socket.remoteAddress ?? '', headerOf(request, 'x-forwarded-for')))
    return this.isKnown(request) || this.#strangers.takes(sender) ? null : 429
  }

  /** A request begins on this socket; it ends with its answer. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    const open = this.#open.get(request.socket)
    if (!open) return
    open.head = null
    open.request = { message: request, began: this.now() }
    response.once('close', () => {
      open.request = null
      open.head = this.now()
    })
  }

  /** Ends the connections that have not sent their head or body in time. */
  sweep(): void {
    const now = this.now()
    for (const [socket, { head, request }] of this.#open) {
      const late = request
        ? !request.message.complete && !isUpload(request.message) && now - request.began > this.rules.bodyMs
        : head !== null && now - head > this.rules.headMs
      if (late) socket.destroy()
    }
  }

  #meet(server: Server): void {
    if (this.#guarded.has(server)) return
    this.#guarded.add(server)
    server.maxConnections = this.rules.connections
    server.headersTimeout = this.rules.headMs
    // Longer than the sweep's: an upload may take hours.
    server.requestTimeout = 0
    const before = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[]
    server.removeAllListeners('request')
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.begin(request, response)
      const status = this.refuse(request)
      if (status === null) for (const listener of before) listener.call(server, request, response)
      else answer(response, status)
    })
  }
}

const words = {
  400: 'This address holds a character that no address has.',
  411: 'Say how long the body is (Content-Length).',
  413: 'The body is too large: 1 MB at most.',
  429: 'Too many requests from this address. Wait a few seconds, or sign in.',
} as const

function answer(response: ServerResponse, status: keyof typeof words): void {
  // Whatever is still sent is not read: the connection ends with the answer.
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store', connection: 'close' }
  response.writeHead(status, status === 429 ? { ...headers, 'retry-after': '10' } : headers)
  response.end(`${words[status]}\n`, () => response.socket?.destroySoon())
}

const isHere = (address: string) => address === '::1' || /^(::ffff:)?127\./.test(address)

/** No NUL and no other control character, written out or percent-encoded. */
function isPlain(url: string): boolean {
  return !/%(?:[01][0-9a-f]|7f)/i.test(url)
}

const headerOf = (request: IncomingMessage, name: string) => String(request.headers[name] ?? '') || undefined

/** True for a session cookie that this Bramble signed, whether the session still holds or not: that is for the page to ask. */
export function hasSignedSession(cookie: string | undefined, secret: string): boolean {
  const [, raw] = /(?:^|;\s*)(?:__Secure-)?bramble\.session_token=([^;]{1,300})/.exec(cookie ?? '') ?? []
  const value = raw === undefined ? null : decoded(raw)
  const at = value?.lastIndexOf('.') ?? -1
  if (value === null || at < 1) return false
  const given = Buffer.from(value.slice(at + 1), 'base64')
  const right = createHmac('sha256', secret).update(value.slice(0, at)).digest()
  return given.length === right.length && timingSafeEqual(given, right)
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** Watches over every HTTP server of this process. */
export function guardServers(secret: string): void {
  const guard = new ServerGuard(guardRules, ({ headers }) => {
    const token = bearerOf({ get: (name) => String(headers[name] ?? '') || null })
    return token === null ? hasSignedSession(headers.cookie, secret) : wasGood(token)
  })
  diagnostics.subscribe('net.server.socket', (message) => {
    const { socket } = message as { socket: Socket & { server?: Server } }
    if (socket.server && 'headersTimeout' in socket.server) guard.accept(socket, socket.server)
  })
  setInterval(() => guard.sweep(), 1_000).unref()
}
