/** The HTTP API of a dashboard: requests with the token, answers as their schema reads them, refusals as Troubles. */
import { type IncomingMessage, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { Readable } from 'node:stream'
import { appApi } from '@bramble/cluster'
import { type Secret, Trouble } from '@bramble/provision'
import { dashboardAddress, ownNetworksOnly } from './address.ts'

interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  body?: object
  /** Sent as it is, with these headers. */
  bytes?: { content: Uint8Array; headers: Record<string, string> }
}

/** What reads an answer, such as a schema of zod. */
interface Reader<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false }
}

/** Milliseconds without a byte; the streams of a dashboard beat every 15 s. */
const silenceMs = 60_000
/** Bytes of one answer. */
const largest = 64_000_000

/** The dashboard did not answer, or not to the end. What was asked may have been done. */
export class ConnectionLost extends Trouble {
  override name = 'ConnectionLost'
}

export class DashboardClient {
  readonly url: URL
  readonly #token: Secret
  readonly #signal: AbortSignal

  /** `to`: its address. Trouble `dashboard-address`. */
  constructor(to: string, token: Secret, signal: AbortSignal) {
    this.url = dashboardAddress(to)
    this.#token = token
    this.#signal = signal
  }

  /** The address of one of its pages. */
  page(path: string): string {
    return new URL(path, this.url).href
  }

  /** Trouble with the code of the refusal; ConnectionLost; `dashboard-answer` when it is no dashboard of this version. */
  async ask<T>(schema: Reader<T>, path: string, asked: Asked = {}): Promise<T> {
    const answer = await this.#send(path, asked)
    const text = await this.#text(answer)
    const status = answer.statusCode ?? 0
    if (status < 200 || status > 299) throw refusal(status, text, this.url.host)
    const parsed = schema.safeParse(json(text))
    if (parsed.success) return parsed.data
    throw new Trouble(
      'dashboard-answer',
      `${this.url.host} answered in a way that this version of Bramble does not understand.`,
      'Check that the address is that of a dashboard, and that both have the same version.',
    )
  }

  /** A stream that has begun. Ends with ConnectionLost when nothing comes for a minute. Troubles of `ask`. */
  async stream(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    const answer = await this.#send(path, { headers })
    const status = answer.statusCode ?? 0
    if (status === 200) return answer
    throw refusal(status, await this.#text(answer), this.url.host)
  }

  #send(path: string, { method = 'GET', body, bytes, headers = {} }: Asked & { headers?: Record<string, string> }) {
    const content = bytes?.content ?? (body && Buffer.from(JSON.stringify(body)))
    const sent = {
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${this.#token.reveal()}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(content ? { 'content-length': `${content.length}` } : {}),
      ...bytes?.headers,
      ...headers,
    }
    const isEncrypted = this.url.protocol === 'https:'
    return new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method, headers: sent, signal: this.#signal, timeout: silenceMs }
      const target = new URL(path, this.url)
      const asking = isEncrypted
        ? overHttps(target, { ...options, rejectUnauthorized: true })
        : overHttp(target, { ...options, lookup: ownNetworksOnly })
      asking.once('response', resolve)
      asking.on('timeout', () => asking.destroy(new Error('no answer for a minute')))
      asking.on('error', (error) => reject(this.#lost(error)))
      if (content) Readable.from(content, { objectMode: false }).pipe(asking)
      else asking.end()
    })
  }

  async #text(answer: IncomingMessage): Promise<string> {
    const parts: Buffer[] = []
    let length = 0
    try {
      for await (const part of answer) {
        parts.push(part as Buffer)
        length += (part as Buffer).length
        if (length > largest) throw new Error('the answer is too large')
      }
    } catch (error) {
      throw this.#lost(error as Error)
    }
    return Buffer.concat(parts).toString('utf8')
  }

  #lost(error: Error): unknown {
    if (this.#signal.aborted) return this.#signal.reason
    if (error instanceof Trouble) return error
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code))
      return new Trouble(
        'dashboard-certificate',
        `The certificate of ${this.url.host} could not be verified: ${error.message}. Nothing was sent.`,
        'If an authority of your own issued it, name its certificate in NODE_EXTRA_CA_CERTS.',
      )
    return new ConnectionLost(
      'dashboard-unreachable',
      `The dashboard at ${this.url.host} is not responding: ${error.message || code}.`,
      'Check the address, and that Bramble is running there.',
    )
  }
}

function refusal(status: number, text: string, host: string): Trouble {
  const told = appApi.Refused.safeParse(json(text)).data
  if (status === 401)
    return new Trouble(
      told?.code ?? 'token-invalid',
      `${host} refused the token: ${told?.message ?? 'it is unknown, expired, or revoked.'}`,
      'Create another one under Settings, API tokens, and write it into the file of --token-file.',
    )
  if (status === 403)
    return new Trouble(
      told?.code ?? 'forbidden',
      `${host} refused this: ${told?.message ?? 'the role of the token does not allow it.'}`,
      'Changes need a token of the role operator; removing an app needs the role admin.',
    )
  if (told) return new Trouble(told.code, told.message, told.cure)
  if (status === 413)
    return new Trouble('too-large', `${host} refused the request: it is too large.`, 'Send less at once.')
  return new Trouble(
    'dashboard-answer',
    `${host} answered with the HTTP status ${status}, which is not an answer of Bramble's HTTP API.`,
    'Check that the address is that of a dashboard.',
  )
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
