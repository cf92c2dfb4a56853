/**
 * The bounds of the HTTP server, before Next sees anything: connections, headers, bodies and requests of strangers.
 * Next starts the server itself, so it is met on Node's diagnostics channels at its first connection.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import diagnostics from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isActionBody } from './action-body.ts'
import { bearerOf } from './bearer-header.ts'
import { Busy } from './busy.ts'
import { FairQueue, type QueueRules } from './fair-queue.ts'
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
  /** Bytes. `piece`: of a part of an app's upload, from who is signed in. */
  body: number
  piece: number
  /** Who is not signed in: requests of one sender; bytes of a body; requests of all of them at once, for `holdMs` at most. */
  strangers: { burst: number; perSecond: number; body: number; queue: QueueRules; holdMs: number }
}

const guardRules: GuardRules = {
  connections: 1_000,
  connectionsEach: 128,
  headMs: 10_000,
  bodyMs: 30_000,
  body: 1_000_000,
  piece: 4_000_000,
  strangers: {
    ...{ burst: 400, perSecond: 40, body: 16_000, holdMs: 5_000 },
    // Each of these requests delays the pages of those who are signed in.
    queue: { atOnce: 2, waiting: 512, waitingEach: 40 },
  },
}

/** The one route whose body is a file: it has its own limits and asks first who sends it. */
const isUpload = (request: IncomingMessage) => request.url?.split('?')[0] === '/api/images/upload'
const isPiece = ({ method, url }: IncomingMessage) =>
  method === 'PATCH' && /^\/api\/clusters\/[^/?]+\/uploads\/[^/?]+$/.test(url ?? '')
const isFile = (request: IncomingMessage) => request.url?.startsWith('/_next/static/') === true
const lengthOf = ({ headers }: IncomingMessage) => Number(headers['content-length'] ?? 0)
const senderOf = (request: IncomingMessage) =>
  networkOf(peerOf(request.socket.remoteAddress ?? '', headerOf(request, 'x-forwarded-for')))

interface Open {
  leave: () => void
  /** Since when something of a request is waited for; null: the answer is being made or read. */
  head: number | null
  /** Who waits for the turn of a stranger's request: its place is needed first when there are too many. Null: nobody. */
  waits: string | null
  request: { message: IncomingMessage; began: number } | null
}

/** Milliseconds: of a request of who is signed in, and of a connection without one. */
const pageMs = 1_000
const idleMs = 1_000
/** Between two turns of strangers. */
const lettingInMs = 250
/** Connections beyond the limit, each of which takes the place of another one. */
const spare = 64

export class ServerGuard {
  /** Oldest first. */
  readonly #open = new Map<Socket, Open>()
  /** Requests of those who are signed in, while their pages are made. */
  readonly #pages = new Busy(pageMs)
  readonly #each: InFlight
  readonly #strangers: RateLimit
  readonly #queue: FairQueue
  readonly #told: RateLimit
  readonly #guarded = new WeakSet<Server>()
  /** Connections so far. */
  #accepted = 0

  /** `isKnown`: the request carries a session of ours, or a good token. */
  constructor(
    private readonly rules: GuardRules,
    private readonly isKnown: (request: IncomingMessage) => boolean,
    private readonly now: () => number = Date.now,
  ) {
    this.#each = new InFlight(rules.connectionsEach)
    this.#strangers = new RateLimit(rules.strangers, now)
    this.#queue = new FairQueue(rules.strangers.queue, () => this.#calm())
    this.#told = new RateLimit({ burst: 5, perSecond: 1 / 60 }, now)
  }

  /** Resolves when no page of who is signed in is made and nobody waits to be let in, for a moment at least. */
  async #calm(): Promise<void> {
    await this.#pages.idle()
    // Node takes one connection a round of its loop, and rounds that render a page are long: the others would wait in the
    // kernel, where those who are signed in and those who flood are alike.
    for (const until = performance.now() + lettingInMs; performance.now() < until; ) {
      const before = this.#accepted
      // The first may still be of this round.
      for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve))
      if (this.#accepted === before) return
    }
  }

  /** From the first connection on. A proxy on this machine speaks for many, so its connections count in all only. */
  accept(socket: Socket, server: Server): void {
    this.#meet(server)
    this.#accepted++
    const address = socket.remoteAddress ?? ''
    const leave = isHere(address) ? () => undefined : this.#each.enter(networkOf(address))
    if (!leave || (this.#open.size >= this.rules.connections && !this.#makeRoom())) {
      leave?.()
      socket.destroy()
      return
    }
    this.#open.set(socket, { leave, head: this.now(), waits: null, request: null })
    socket.once('close', () => {
      this.#open.delete(socket)
      leave()
    })
  }

  /** Ends the oldest connection of the sender with most that wait for a turn, or else one on which nothing is asked. False: there is none. */
  #makeRoom(): boolean {
    const all = [...this.#open]
    const isIdle = ({ head }: Open) => head !== null && this.now() - head > idleMs
    const greedy = mostOften(all.map(([, { waits }]) => waits))
    const found =
      all.find(([, { waits }]) => waits !== null && waits === greedy) ?? all.find(([, open]) => isIdle(open))
    if (!found) return false
    const [socket, { leave }] = found
    this.#open.delete(socket)
    leave()
    socket.destroy()
    return true
  }

  /** Why the request is refused at its head; null: it may go on. */
  #refuse(request: IncomingMessage, isKnown: boolean): Reason | null {
    if (!isPlain(request.url ?? '')) return 'address'
    if (!isUpload(request)) {
      if (request.headers['transfer-encoding'] !== undefined) return 'length'
      const known = isPiece(request) ? this.rules.piece : this.rules.body
      if (lengthOf(request) > (isKnown ? known : this.rules.strangers.body)) return 'body'
    }
    return isKnown || this.#strangers.takes(senderOf(request)) ? null : 'rate'
  }

  /** A stranger's request takes its turn when all of it is here: a body that never comes holds nobody up. */
  async #queued(request: IncomingMessage, response: ServerResponse, go: () => void): Promise<void> {
    const sender = senderOf(request)
    if (!(await arrived(request))) return
    if (!(await isDecodable(request))) {
      if (this.#told.takes(sender)) console.warn(`Refused a malformed server action from ${sender}.`)
      return answer(response, 'action')
    }
    const open = this.#open.get(request.socket)
    if (open) open.waits = sender
    const start = (leave: () => void) => {
      if (open) open.waits = null
      if (response.destroyed || request.socket.destroyed) return leave()
      // An answer that nobody reads does not keep its place.
      const timer = setTimeout(leave, this.rules.strangers.holdMs)
      const end = () => {
        clearTimeout(timer)
        leave()
      }
      response.once('finish', end).once('close', end)
      go()
    }
    const refused = () => {
      if (open) open.waits = null
      if (!response.destroyed) answer(response, 'rate')
    }
    if (!this.#queue.enter(sender, start, refused)) refused()
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
    server.maxConnections = this.rules.connections + spare
    server.headersTimeout = this.rules.headMs
    // Longer than the sweep's: an upload may take hours.
    server.requestTimeout = 0
    const before = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[]
    server.removeAllListeners('request')
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.begin(request, response)
      const isKnown = this.isKnown(request)
      const reason = this.#refuse(request, isKnown)
      const go = () => {
        for (const listener of before) listener.call(server, request, response)
      }
      if (reason !== null) answer(response, reason)
      else if (isKnown || isUpload(request) || isFile(request)) {
        if (isKnown) this.#pages.begin(response)
        go()
      } else void this.#queued(request, response, go)
    })
  }
}

/** True when the body is here as a whole; false when its connection ended before. It is small enough to wait in memory. */
async function arrived(request: IncomingMessage): Promise<boolean> {
  if (lengthOf(request) === 0) return true
  await new Promise((resolve) => setImmediate(resolve))
  while (!request.complete && !request.socket.destroyed) await new Promise((resolve) => setTimeout(resolve, 20))
  return request.complete
}

/** True for what is no server action, and for an action whose arguments React can read. The body stays to be read. */
async function isDecodable(request: IncomingMessage): Promise<boolean> {
  const id = headerOf(request, 'next-action') ?? null
  const type = headerOf(request, 'content-type') ?? ''
  if (request.method !== 'POST' || (id === null && !/^multipart\/form-data/i.test(type))) return true
  const body = lengthOf(request) > 0 ? (request.read() as Buffer | null) : null
  if (body === null) return false
  request.unshift(body)
  return isActionBody({ id, type, body })
}

const reasons = {
  address: { status: 400, words: 'This address contains an invalid character.' },
  action: { status: 400, words: 'This is not a valid form of the dashboard. Reload the page.' },
  length: { status: 411, words: 'The request needs a Content-Length header.' },
  body: { status: 413, words: 'The body is too large: 1 MB at most, 16 kB without a sign-in.' },
  rate: { status: 429, words: 'Too many requests from this address. Wait a few seconds, or sign in.' },
} as const
type Reason = keyof typeof reasons

function answer(response: ServerResponse, reason: Reason): void {
  const { status, words } = reasons[reason]
  // Whatever is still sent is not read: the connection ends with the answer.
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store', connection: 'close' }
  response.writeHead(status, status === 429 ? { ...headers, 'retry-after': '10' } : headers)
  response.end(`${words}\n`, () => response.socket?.destroySoon())
}

/** Of those with most, the one that comes first. */
function mostOften(names: readonly (string | null)[]): string | null {
  const counts = new Map<string, number>()
  for (const name of names) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].reduce<[string | null, number]>((most, one) => (one[1] > most[1] ? one : most), [null, 0])[0]
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
