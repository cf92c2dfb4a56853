import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasSignedSession, ServerGuard } from './server-guard.ts'

const rules = {
  connections: 20,
  connectionsEach: 20,
  headMs: 1_000,
  bodyMs: 3_000,
  body: 1_000,
  piece: 4_000,
  strangers: {
    ...{ burst: 30, perSecond: 1, body: 1_000, holdMs: 60_000 },
    queue: { atOnce: 3, waiting: 10, waitingEach: 4 },
  },
}
let now = 0
let server: Server
let guard: ServerGuard
let seen: string[]
const sockets: Socket[] = []

beforeEach(async () => {
  now = 0
  seen = []
  guard = new ServerGuard(
    rules,
    ({ headers }: IncomingMessage) => headers.cookie === 'known',
    () => now,
  )
  server = createServer((asked, answer) => {
    seen.push(asked.url ?? '')
    asked.resume().on('end', () => answer.end('fine'))
  })
  server.on('connection', (socket) => guard.accept(socket, server))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const port = () => (server.address() as AddressInfo).port

function ask(
  path: string,
  headers: Record<string, string> = {},
  body?: string,
  method = body === undefined ? 'GET' : 'POST',
): Promise<number> {
  return new Promise((resolve) => {
    const sent = request({ port: port(), path, method, headers, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', () => resolve(0))
    sent.end(body)
  })
}

function raw(text: string): { closed: Promise<void>; socket: Socket } {
  const socket = connect(port(), '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.resume()
  socket.write(text)
  return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve())) }
}

const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))

describe('a body', () => {
  test('that is announced as too large never reaches the handlers', async () => {
    expect(await ask('/sign-in', { 'content-length': '1001' }, 'x'.repeat(1001))).toBe(413)
    expect(await ask('/sign-in', { 'transfer-encoding': 'chunked' }, 'x')).toBe(411)
    expect(seen).toEqual([])
    expect(await ask('/sign-in', { 'content-length': '1000' }, 'x'.repeat(1000))).toBe(200)
  })

  test('of an upload may be of any size', async () => {
    expect(await ask('/api/images/upload?name=x', { 'content-length': '5000' }, 'x'.repeat(5000))).toBe(200)
  })

  test('of a piece of an upload may be larger, from who is signed in', async () => {
    const piece = (headers: Record<string, string>, length: number, path = '/api/clusters/shelf/uploads/1') =>
      ask(path, { 'content-length': `${length}`, ...headers }, 'x'.repeat(length), 'PATCH')
    const known = { cookie: 'known' }
    expect(await piece(known, 4_000)).toBe(200)
    expect(await piece(known, 4_001)).toBe(413)
    expect(await piece({}, 1_001)).toBe(413)
    expect(await piece(known, 1_001, '/api/clusters/shelf/uploads/1/more')).toBe(413)
    expect(await piece(known, 1_001, '/api/clusters/shelf/uploads')).toBe(413)
  })

  test('that does not end is cut, an upload is not', async () => {
    const slow = raw('POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc')
    const upload = raw('POST /api/images/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc')
    // The one of a stranger reaches no handler before it has ended.
    await expect.poll(() => seen).toEqual(['/api/images/upload'])
    await expect.poll(connections).toBe(2)
    now = 2_900
    guard.sweep()
    expect(await connections()).toBe(2)
    now = 3_100
    guard.sweep()
    await slow.closed
    expect(upload.socket.destroyed).toBe(false)
  })
})

describe('a connection', () => {
  test('that says nothing, or never ends its head, is cut; one whose answer is being made is not', async () => {
    server.removeAllListeners('request')
    server.on('request', (asked) => void seen.push(asked.url ?? ''))
    guard = new ServerGuard(
      rules,
      () => false,
      () => now,
    )
    const waiting = raw('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    const [idle, halfway] = [raw(''), raw('GET / HTTP/1.1\r\nHost: x\r\nX-')]
    await expect.poll(() => seen).toEqual(['/slow'])
    await expect.poll(connections).toBe(3)
    now = 1_100
    guard.sweep()
    await Promise.all([idle.closed, halfway.closed])
    expect(waiting.socket.destroyed).toBe(false)
  })

  test('is refused when there are too many, and taken when one has ended', async () => {
    const first = raw('')
    for (let i = 1; i < rules.connections; i++) raw('')
    await expect.poll(connections).toBe(rules.connections)
    expect(await ask('/')).toBe(0)
    first.socket.destroy()
    await expect.poll(() => ask('/')).toBe(200)
  })

  test('takes the place of an idle one when there are too many', async () => {
    const first = raw('')
    for (let i = 1; i < rules.connections; i++) raw('')
    await expect.poll(connections).toBe(rules.connections)
    now = 1_100
    expect(await ask('/')).toBe(200)
    await first.closed
    expect(await connections()).toBeLessThanOrEqual(rules.connections)
  })
})

test('strangers get a burst and then a few requests a second; who is signed in is not held up by them', async () => {
  const statuses: number[] = []
  for (let i = 0; i < rules.strangers.burst + 5; i++) statuses.push(await ask('/'))
  expect(statuses.filter((status) => status === 200)).toHaveLength(rules.strangers.burst)
  expect(statuses.at(-1)).toBe(429)
  expect(await ask('/', { cookie: 'known' })).toBe(200)
  expect(await ask('/', { 'x-forwarded-for': '192.0.2.1' })).toBe(200)
  now = 2_000
  expect(await ask('/')).toBe(200)
})

describe('requests of strangers', () => {
  const held: (() => void)[] = []
  beforeEach(() => {
    held.splice(0)
    server.removeAllListeners('request')
    server.on('request', (asked, answer) => {
      seen.push(asked.url ?? '')
      if (asked.headers.cookie === 'known') answer.end('fine')
      else held.push(() => answer.end('fine'))
    })
  })

  const from = (address: string) => ({ 'x-forwarded-for': address })

  test('are few at once and few in the queue, by their number and not by time; who is signed in passes', async () => {
    const { atOnce, waitingEach } = rules.strangers.queue
    const statuses: number[] = []
    const flood = (name: string, count: number, headers = {}) => {
      for (let i = 0; i < count; i++) void ask(`/${name}${i}`, headers).then((status) => statuses.push(status))
    }
    const places = atOnce + waitingEach
    flood('a', places + 5)
    await expect.poll(() => statuses).toEqual(Array(5).fill(429))
    expect(seen).toHaveLength(atOnce)
    expect(await ask('/mine', { cookie: 'known' })).toBe(200)
    flood('b', waitingEach + 1, from('192.0.2.1'))
    await expect.poll(() => statuses).toEqual(Array(6).fill(429))
    for (let i = 0; i < places + waitingEach; i++) {
      await expect.poll(() => held.length).toBeGreaterThan(0)
      held.shift()?.()
    }
    await expect.poll(() => statuses).toEqual([...Array(6).fill(429), ...Array(places + waitingEach).fill(200)])
    // The other sender had its turns between those of the first.
    const turns = seen.slice(atOnce + 1).map((url) => url.slice(1, 2))
    expect(turns.join('')).toBe('ba'.repeat(waitingEach))
  })

  test('give their place in the queue to who is signed in when all connections are taken', async () => {
    const statuses: number[] = []
    for (let i = 0; i < rules.connections; i++)
      void ask(`/${i}`, from(`192.0.2.${i}`)).then((status) => statuses.push(status))
    const { atOnce, waiting } = rules.strangers.queue
    const refused = Array(rules.connections - atOnce - waiting).fill(429)
    await expect.poll(() => statuses).toEqual(refused)
    await expect.poll(connections).toBe(atOnce + waiting)
    for (const _ of refused) raw('')
    await expect.poll(connections).toBe(rules.connections)
    expect(await ask('/mine', { cookie: 'known' })).toBe(200)
    await expect.poll(() => statuses).toEqual([...refused, 0])
  })

  test('of one sender with many give way to one of somebody else, in the queue and when all connections are taken', async () => {
    const { atOnce, waiting, waitingEach } = rules.strangers.queue
    const statuses: string[] = []
    const one = (name: string, address: string) =>
      void ask(`/${name}`, from(address)).then((status) => statuses.push(`${name} ${status}`))
    for (let i = 0; i < atOnce + waitingEach; i++) one(`a${i}`, '192.0.2.1')
    for (let i = 0; i < waitingEach; i++) one(`b${i}`, '192.0.2.2')
    for (let i = waitingEach * 2; i < waiting; i++) one(`c${i}`, `192.0.2.${3 + i}`)
    await expect.poll(connections).toBe(atOnce + waiting)
    await expect.poll(() => seen.length).toBe(atOnce)
    one('new', '192.0.2.200')
    await expect.poll(() => statuses).toEqual([expect.stringMatching(/^[ab]\d+ 429$/)])
    while ((await connections()) < rules.connections) {
      const before = await connections()
      raw('')
      await expect.poll(connections).toBe(before + 1)
    }
    one('newer', '192.0.2.201')
    await expect.poll(() => statuses.length).toBe(3)
    expect(statuses.filter((line) => line.startsWith('new'))).toEqual([])
    expect(statuses.filter((line) => /^[ab]/.test(line))).toHaveLength(3)
  })

  test('wait while a page of who is signed in is made, for a second at most', async () => {
    server.removeAllListeners('request')
    server.on('request', (asked, answer) => {
      seen.push(asked.url ?? '')
      if (asked.url === '/page' || asked.url === '/stream') held.push(() => answer.end('fine'))
      else answer.end('fine')
    })
    const page = ask('/page', { cookie: 'known' })
    await expect.poll(() => seen).toEqual(['/page'])
    const stranger = ask('/sign-in')
    expect(await ask('/other', { cookie: 'known' })).toBe(200)
    expect(seen).toEqual(['/page', '/other'])
    held.shift()?.()
    expect([await page, await stranger]).toEqual([200, 200])
    const stream = ask('/stream', { cookie: 'known' })
    await expect.poll(() => seen.at(-1)).toBe('/stream')
    expect(await ask('/sign-in')).toBe(200)
    held.shift()?.()
    expect(await stream).toBe(200)
  })

  test('whose body does not come take no place', async () => {
    for (let i = 0; i < 5; i++) raw('POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc')
    await expect.poll(connections).toBe(5)
    const asked = ask('/fine')
    await expect.poll(() => seen).toEqual(['/fine'])
    held.shift()?.()
    expect(await asked).toBe(200)
  })
})

test('strangers have their turn after all who knock are let in', async () => {
  const queue = { atOnce: 1, waiting: 200, waitingEach: 200 }
  const strangers = { ...rules.strangers, burst: 200, queue }
  const wide = new ServerGuard({ ...rules, connections: 200, connectionsEach: 200, strangers }, () => false)
  let accepted = 0
  const before: number[] = []
  const busy = createServer((_, answer) => {
    before.push(accepted)
    for (const until = performance.now() + 20; performance.now() < until; );
    answer.end('fine')
  })
  busy.on('connection', (socket) => {
    accepted++
    wide.accept(socket, busy)
  })
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
  try {
    for (let i = 0; i < 100; i++) {
      const socket = connect((busy.address() as AddressInfo).port, '127.0.0.1')
      sockets.push(socket)
      socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    }
    await expect.poll(() => before.length).toBeGreaterThan(2)
    expect(before[2]).toBeGreaterThan(90)
  } finally {
    busy.closeAllConnections()
    await new Promise((resolve) => busy.close(resolve))
  }
})

describe('a server action of a stranger', () => {
  const id = '7f'.padEnd(42, '0')
  let bodies: string[]
  beforeEach(() => {
    bodies = []
    server.removeAllListeners('request')
    server.on('request', (asked, answer) => {
      let body = ''
      asked.on('data', (chunk) => (body += String(chunk)))
      asked.on('end', () => {
        bodies.push(body)
        answer.end('fine')
      })
    })
  })
  const call = (body: string, headers = {}) =>
    ask('/sign-in', { 'next-action': id, 'content-type': 'text/plain', ...headers }, body)

  test('arrives as it was sent when it can be decoded', async () => {
    const long = JSON.stringify(['x'.repeat(900)])
    expect([await call('[null,null]'), await call(long)]).toEqual([200, 200])
    expect(bodies).toEqual(['[null,null]', long])
  })

  test('is refused when it cannot, and reaches no handler', async () => {
    expect([await call('{{{'), await call(''), await call('[]', { 'next-action': 'x' })]).toEqual([400, 400, 400])
    expect(await ask('/sign-in', { 'content-type': 'multipart/form-data; boundary=x' }, 'x')).toBe(400)
    expect(bodies).toEqual([])
    expect(await call('{{{', { cookie: 'known' })).toBe(200)
  })
})

test.each(['/a%00b', '/?name=%00', '/?name=%1f', '/%7F'])('%s is no address', async (path) => {
  expect(await ask(path)).toBe(400)
  expect(seen).toEqual([])
})

test('a session cookie counts when it was signed here', () => {
  const secret = 'a secret of the installation, 32 signs'
  const signed = `token.${createHmac('sha256', secret).update('token').digest('base64')}`
  const cookie = (value: string) => `theme=dark; bramble.session_token=${encodeURIComponent(value)}; x=y`
  expect(hasSignedSession(cookie(signed), secret)).toBe(true)
  expect(hasSignedSession(`__Secure-${cookie(signed).slice(12)}`, secret)).toBe(true)
  for (const other of [
    cookie(`other${signed.slice(5)}`),
    cookie('token'),
    cookie('token.'),
    'bramble.session_token=%',
    '',
    undefined,
  ])
    expect(hasSignedSession(other, secret)).toBe(false)
  expect(hasSignedSession(cookie(signed), `${secret}!`)).toBe(false)
})
