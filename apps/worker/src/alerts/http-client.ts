/** One HTTP request: redirects are not followed, ten seconds at most, four kilobytes of the answer are read. */
import http from 'node:http'
import https from 'node:https'
import { rootCertificates } from 'node:tls'
import { plain } from './message.ts'
import { networkTrouble, SendTrouble } from './send-trouble.ts'

export const timeoutMs = 10_000
const answerBytes = 4096

export interface HttpRequest {
  url: string
  /** Sent as JSON with POST; without it the request is a GET. */
  body?: object | undefined
  headers?: Readonly<Record<string, string>> | undefined
  /** Certificates to trust besides the usual ones, PEM. */
  ca?: string | undefined
  /** Milliseconds; for tests. */
  timeout?: number | undefined
}

interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
}

/** The receiver's answer in one line: `200: …`. Throws SendTrouble. */
export async function sendRequest(request: HttpRequest): Promise<string> {
  const answer = await ask(request)
  const { status } = answer
  const said = plain(answer.text).slice(0, 200)
  if (status >= 200 && status < 300) return said ? `${status}: ${said}` : String(status)
  throw statusTrouble(answer, new URL(request.url).host, said)
}

function ask({ url, body, headers = {}, ca, timeout = timeoutMs }: HttpRequest): Promise<Answer> {
  const target = new URL(url)
  const payload = body && Buffer.from(JSON.stringify(body))
  const secure = target.protocol === 'https:'
  const signal = AbortSignal.timeout(timeout)
  return new Promise<Answer>((resolve, reject) => {
    const fail = (error: Error) => {
      const cause = signal.aborted ? Object.assign(new Error('timeout'), { code: 'TIMEOUT' }) : error
      reject(
        networkTrouble(cause, target.host) ??
          new SendTrouble('http', `${target.host}: ${plain(error.message)}.`, 'Check the address.', {
            cause,
            again: true,
          }),
      )
    }
    const options: https.RequestOptions = {
      method: payload ? 'POST' : 'GET',
      agent: false,
      signal,
      headers: {
        ...(payload && { 'content-type': 'application/json; charset=utf-8', 'content-length': payload.length }),
        'user-agent': 'Bramble',
        ...headers,
      },
      ...(ca === undefined ? {} : { ca: trusted(ca) }),
    }
    const request = (secure ? https : http).request(target, options, (response) => {
      const parts: Buffer[] = []
      let length = 0
      const finish = () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString('utf8'),
        })
      response.on('data', (part: Buffer) => {
        parts.push(part.subarray(0, answerBytes - length))
        length += part.length
        if (length < answerBytes) return
        finish()
        response.destroy()
      })
      response.on('end', finish)
      response.on('error', fail)
    })
    request.on('error', fail)
    request.end(payload)
  })
}

/** The usual authorities stay trusted beside the given ones. */
function trusted(ca: string): string[] {
  return [...rootCertificates, ca]
}

function statusTrouble({ status, headers }: Answer, host: string, said: string): SendTrouble {
  const words = said ? ` (${said})` : ''
  if (status >= 300 && status < 400)
    return new SendTrouble(
      'redirect',
      `${host} redirects elsewhere (${status}${headers.location ? ` to ${plain(headers.location).slice(0, 200)}` : ''}), and redirects are not followed.`,
      'If that is the right place, use that address.',
      { again: false },
    )
  if (status === 401 || status === 403)
    return new SendTrouble(
      'denied',
      `${host} refused the request: it returned ${status}${words}.`,
      'Check the token, or create a new one.',
      { again: false },
    )
  if (status === 404 || status === 410)
    return new SendTrouble(
      'not-found',
      `${host} does not know this address: it returned ${status}${words}.`,
      'Check the address; the webhook may have been deleted there.',
      { again: false },
    )
  if (status === 429) {
    const after = Number(headers['retry-after'])
    return new SendTrouble('too-many', `${host} limits the number of messages (429).`, 'Bramble retries later.', {
      again: true,
      after: Number.isFinite(after) && after > 0 ? after : 60,
    })
  }
  if (status >= 500)
    return new SendTrouble(
      'server-error',
      `${host} returned ${status}${words}.`,
      'Bramble retries. Check the log of that server.',
      {
        again: true,
      },
    )
  return new SendTrouble(
    'not-taken',
    `${host} rejected the message: it returned ${status}${words}.`,
    'Check the address and the type of the channel.',
    {
      again: false,
    },
  )
}
