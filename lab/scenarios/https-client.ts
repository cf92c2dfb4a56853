/** Browsers of the lab: what a balancer shows on port 443, and visitors who keep their connections. */
import { Agent, request } from 'node:https'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { dial } from '@bramble/provision/dial'
import type { Answer } from './app-visitors.ts'

export interface Shown {
  /** Whether a device that trusts the authority accepts it for the name. */
  trusted: boolean
  /** Names of the certificate, as X.509 writes them. */
  names: string
  fingerprint: string
  /** Subjects of everything that was sent. */
  chain: string[]
  /** What was agreed on: `h2`. */
  protocol: string | false
  tls: string | null
}

interface Where {
  /** The virtual IP, or a balancer's own address. */
  address: string
  /** Whom the device trusts, PEM. */
  authority: string
}

/** `name` null: none is asked for, as a browser does that is given an address. */
export async function seeCertificate({ address, authority }: Where, name: string | null): Promise<Shown> {
  const socket = await openTls({ address, authority }, name, false)
  try {
    const own = socket.getPeerCertificate(true)
    const chain: string[] = []
    for (let one: PeerCertificate | undefined = own, seen = new Set<string>(); one && !seen.has(one.fingerprint256); ) {
      seen.add(one.fingerprint256)
      chain.push(String(one.subject?.CN))
      one = 'issuerCertificate' in one ? (one.issuerCertificate as PeerCertificate) : undefined
    }
    return {
      trusted: socket.authorized,
      names: own.subjectaltname ?? '',
      fingerprint: own.fingerprint,
      chain,
      protocol: socket.alpnProtocol ?? false,
      tls: socket.getProtocol(),
    }
  } finally {
    socket.destroy()
  }
}

async function openTls({ address, authority }: Where, name: string | null, strict: boolean): Promise<TLSSocket> {
  const socket = await dial(address, 443)
  const link = connect({
    ...{ socket, ca: authority, rejectUnauthorized: strict },
    ...(name ? { servername: name } : {}),
    ALPNProtocols: strict ? ['http/1.1'] : ['h2', 'http/1.1'],
  })
  await new Promise<void>((resolve, reject) => {
    link.once('secureConnect', resolve).once('error', reject)
    link.setTimeout(20_000, () => link.destroy(new Error('no handshake for 20 s')))
  })
  link.setTimeout(0)
  return link
}

/** Connections are kept as browsers keep them, and only those that are trusted are used. */
class TrustingAgent extends Agent {
  readonly #where: Where
  readonly #name: string
  constructor(where: Where, name: string, people: number) {
    super({ keepAlive: true, maxSockets: people })
    this.#where = where
    this.#name = name
  }

  override createConnection(_: object, done?: (error: Error | null, socket: Duplex) => void): undefined {
    openTls(this.#where, this.#name, true).then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, undefined as never),
    )
  }
}

/** One request. A kept connection that ended before it was answered is opened again, as browsers do for a GET. */
async function ask(agent: Agent, host: string, path: string): Promise<Answer> {
  for (let left = 2; ; left--) {
    let reused = false
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const asked = request({ agent, host, path, headers: { host } }, (answer) => {
          const parts: Buffer[] = []
          answer.on('data', (part: Buffer) => parts.push(part)).on('error', reject)
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: String(Buffer.concat(parts)) }),
          )
        })
        asked.on('socket', () => {
          reused = asked.reusedSocket
        })
        asked.setTimeout(20_000, () => asked.destroy(new Error('no answer for 20 s')))
        asked.on('error', reject)
        asked.end()
      })
    } catch (error) {
      if (!reused || left === 0 || (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
    }
  }
}

export async function askHttps(where: Where, host: string, path = '/'): Promise<Answer> {
  const agent = new TrustingAgent(where, host, 1)
  try {
    return await ask(agent, host, path)
  } finally {
    agent.destroy()
  }
}

export interface HttpsVisitors {
  /** Words of every answer that was none or not 200. */
  failures(): string[]
  answers(): number
  /** Seconds of the longest time without an answer. */
  longestGap(): number
  stop(): Promise<void>
}

export function startHttpsVisitors(where: Where, host: string, people: number): HttpsVisitors {
  const agent = new TrustingAgent(where, host, people)
  const failures: string[] = []
  let [running, answers, gap, last] = [true, 0, 0, performance.now()]
  const person = async () => {
    while (running) {
      try {
        const { status } = await ask(agent, host, '/')
        if (status === 200) {
          gap = Math.max(gap, performance.now() - last)
          last = performance.now()
          answers += 1
        } else failures.push(String(status))
      } catch (error) {
        failures.push(String(error))
      }
      await sleep(10)
    }
  }
  const all = Promise.all(Array.from({ length: people }, person))
  return {
    failures: () => [...failures],
    answers: () => answers,
    longestGap: () => gap / 1000,
    async stop() {
      running = false
      await all
      agent.destroy()
    },
  }
}
