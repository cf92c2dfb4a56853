/** One HTTP request whose answer is read as it came over the wire. */
import { type ClientRequest, type IncomingMessage, request as plain } from 'node:http'
import { request as encrypted } from 'node:https'
import { Trouble } from '../../engine/types.ts'

const maxRedirects = 10

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: IncomingMessage
}

/**
 * Follows redirects, never from https down to http. The body is not decoded: a `.gz` must arrive as it is, whatever
 * Content-Encoding says. `silence`: milliseconds without a byte, after which the answer fails with ETIMEDOUT.
 */
export async function get(
  url: URL,
  options: { headers?: Record<string, string>; silence: number; signal?: AbortSignal | undefined },
): Promise<Answer> {
  let at = url
  let { headers } = options
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const body = await send(at, { ...options, ...(headers ? { headers } : {}) })
    const status = body.statusCode ?? 0
    const { location } = body.headers
    if (![301, 302, 303, 307, 308].includes(status) || !location) return { status, headers: body.headers, body }
    body.destroy()
    const next = new URL(location, at)
    const downgrade = at.protocol === 'https:' && next.protocol !== 'https:'
    if (downgrade || !/^https?:$/.test(next.protocol))
      throw new Trouble(
        'image-unreachable',
        `${url} redirects to ${next}, which is not a secure address.`,
        'Use the address given by the publisher of the image.',
      )
    // What lets one in at one host is not shown to another.
    if (next.origin !== at.origin) headers = withoutCredentials(headers)
    at = next
  }
  throw new Trouble(
    'image-unreachable',
    `${url} redirects too many times.`,
    'Use the address given by the publisher of the image.',
  )
}

function withoutCredentials(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'))
}

/** A small text. Throws when the answer is not a 200 or longer than `limit` bytes. */
export async function fetchText(
  url: URL,
  options: { limit: number; silence: number; signal?: AbortSignal | undefined },
): Promise<string> {
  const { status, body } = await get(url, options)
  try {
    if (status !== 200) throw new Error(`${url} responded with HTTP ${status}`)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > options.limit) throw new Error(`${url} is longer than ${options.limit} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    body.destroy()
  }
}

function send(
  url: URL,
  { headers, silence, signal }: { headers?: Record<string, string>; silence: number; signal?: AbortSignal | undefined },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? encrypted : plain
    const client: ClientRequest = start(url, {
      headers: { 'user-agent': 'bramble', accept: '*/*', 'accept-encoding': 'identity', ...headers },
      timeout: silence,
      ...(signal ? { signal } : {}),
    })
    let answer: IncomingMessage | undefined
    // The side that is read must be told: the other end's error would only say `aborted` there.
    client.once('timeout', () => (answer ?? client).destroy(silent(silence)))
    client.on('error', reject)
    client.once('response', (body) => {
      answer = body
      body.on('error', () => {})
      resolve(body)
    })
    client.end()
  })
}

function silent(milliseconds: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`no data received for ${milliseconds / 1000} seconds`), { code: 'ETIMEDOUT' })
}
