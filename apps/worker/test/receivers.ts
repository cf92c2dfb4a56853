/** A real HTTP server and a real SMTP server on this machine that keep what they were sent. */
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface Received {
  method: string
  path: string
  headers: http.IncomingHttpHeaders
  body: string
  /** When it was there as a whole, ms since 1970. */
  at: number
}

export interface HttpReceiver {
  port: number
  received: Received[]
  /** How the next requests are answered, in turn; afterwards 200. */
  answers: ((response: http.ServerResponse) => void)[]
  stop(): Promise<void>
}

export async function httpReceiver(tls?: { certificate: string; key: string }): Promise<HttpReceiver> {
  const received: Received[] = []
  const answers: HttpReceiver['answers'] = []
  const listener: http.RequestListener = (request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      received.push({ method, path: url, headers, body: Buffer.concat(parts).toString('utf8'), at: Date.now() })
      const answer = answers.shift()
      if (answer) answer(response)
      else response.end('{"id":"1"}')
    })
  }
  const server = tls
    ? https.createServer({ cert: tls.certificate, key: tls.key }, listener)
    : http.createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    received,
    answers,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export const answering = (status: number, body = '', headers: http.OutgoingHttpHeaders = {}) => {
  return (response: http.ServerResponse) => void response.writeHead(status, headers).end(body)
}

export interface Mail {
  from: string
  to: string[]
  /** As it came, headers and all. */
  text: string
  user: string | undefined
  secure: boolean
  at: number
}

export interface MailReceiver {
  port: number
  mails: Mail[]
  stop(): Promise<void>
}

/** `password`: of the only user, `bramble`; without it nobody has to sign in. */
export async function mailReceiver(options: SMTPServerOptions & { password?: string } = {}): Promise<MailReceiver> {
  const { password, ...rest } = options
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: password === undefined,
    disabledCommands: rest.secure || rest.cert ? [] : ['STARTTLS'],
    onAuth({ username, password: given }, _session, done) {
      if (username === 'bramble' && given === password) done(null, { user: username })
      else done(new Error('5.7.8 Wrong user or password'))
    },
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(parts).toString('utf8'),
          user: session.user === undefined ? undefined : String(session.user),
          secure: session.secure,
          at: Date.now(),
        })
        done()
      })
    },
    ...rest,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
