/** SSH to a node: one kept connection, host key pinned, many commands at once over it. */
import { createHash } from 'node:crypto'
import { NodeSSH } from 'node-ssh'
import type { AnyAuthMethod, Client, ClientChannel } from 'ssh2'
import type { Claim, ExecOptions, ExecResult, Login, Talk, TalkOptions, Transport } from '../engine/transport.ts'
import { Secret, Trouble } from '../engine/types.ts'
import { dial } from './dial.ts'
import { fenced, refuseSuperseded } from './fence.ts'
import { between, framed, newMark, opened } from './framed.ts'
import { gathered, mostOutput } from './output.ts'
import { commandLine } from './quote.ts'
import { type Ends, talkOver } from './session.ts'

export interface Door {
  address: string
  port: number
  /** Tried in order. */
  logins: readonly Login[]
  /** Pinned fingerprint. Without it the node is refused before a login is tried. */
  hostKey?: string | undefined
  claim?: Claim | undefined
}

/** sshd's MaxSessions is 10; the rest is left to people. */
const channels = 8

/** OpenSSH's fingerprint of a raw public key. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/**
 * Opens the connection, trying the logins of one user within it: a failed connection each would make sshd refuse this
 * address for a while. Trouble: `unreachable`, `host-key-unknown`, `host-key-changed`, `login-refused`.
 */
export async function openSsh(door: Door, signal?: AbortSignal): Promise<KeptTransport> {
  let refusal: Trouble | null = null
  let last: unknown = null
  for (const [user, logins] of byUser(door.logins)) {
    const sock = await dial(door.address, door.port, { ...(signal ? { signal } : {}) })
    const ssh = new NodeSSH()
    const onAbort = () => sock.destroy()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await ssh.connect({
        host: door.address,
        sock,
        username: user,
        authHandler: logins.map(methodOf),
        readyTimeout: 20_000,
        keepaliveInterval: 5_000,
        keepaliveCountMax: 3,
        algorithms: { serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'] },
        hostVerifier: (key: Buffer) => {
          refusal = judge(door, fingerprintOf(key))
          return refusal === null
        },
      })
      ssh.connection?.setNoDelay(true)
      // Without a listener a connection that dies later would end the process; `close` follows and is acted on.
      ssh.connection?.on('error', () => undefined)
      return new SshTransport(ssh, user, door)
    } catch (error) {
      ssh.dispose()
      sock.destroy()
      if (signal?.aborted) throw new Trouble('cancelled', 'Canceled.', 'Press Retry to continue.')
      if (refusal) throw refusal
      last = error
      if (!isRefusedLogin(error)) break
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }
  if (last === null || isRefusedLogin(last))
    throw new Trouble(
      'login-refused',
      `${door.address} rejected the login of ${[...byUser(door.logins).keys()].join(', ') || 'nobody'}: wrong user, password or key.`,
      'Check the user name and the password or key that were set when the card was written.',
      { cause: last },
    )
  throw new Trouble(
    'unreachable',
    `${door.address} accepted the connection, but SSH failed: ${(last as Error).message}.`,
    'Wait half a minute, then try again: the Pi may still be booting, and after failed logins sshd rejects connections for a while.',
    { cause: last },
  )
}

function byUser(logins: readonly Login[]): Map<string, Login[]> {
  const groups = new Map<string, Login[]>()
  for (const login of logins) groups.set(login.user, [...(groups.get(login.user) ?? []), login])
  return groups
}

function methodOf(login: Login): AnyAuthMethod {
  return 'password' in login
    ? { type: 'password', username: login.user, password: login.password.reveal() }
    : { type: 'publickey', username: login.user, key: login.privateKey.reveal() }
}

function isRefusedLogin(error: unknown): boolean {
  return (error as { level?: string } | null)?.level === 'client-authentication'
}

function judge(door: Door, fingerprint: string): Trouble | null {
  if (door.hostKey === fingerprint) return null
  if (door.hostKey)
    return new Trouble(
      'host-key-changed',
      `${door.address} shows the host key ${fingerprint}, which differs from the pinned one (${door.hostKey}).`,
      'If you wrote its card again, adopt the node again. If not, another machine has taken its address: do not continue.',
    )
  return new Trouble(
    'host-key-unknown',
    `${door.address} shows the host key ${fingerprint}, and none is pinned for it.`,
    `Compare it on the Pi (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then pin it: hostKey: ${fingerprint}`,
  )
}

export interface KeptTransport extends Transport {
  /** False once the connection broke. */
  readonly alive: boolean
}

class SshTransport implements KeptTransport {
  readonly #ssh: NodeSSH
  readonly #user: string
  readonly #door: Door
  #busy = 0
  readonly #waiting: (() => void)[] = []

  constructor(ssh: NodeSSH, user: string, door: Door) {
    this.#ssh = ssh
    this.#user = user
    this.#door = door
  }

  get claim(): Claim | undefined {
    return this.#door.claim
  }

  get alive(): boolean {
    return this.#ssh.isConnected()
  }

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const client = this.#ssh.connection
    if (!client) throw lost()
    const mark = newMark()
    const line = commandLine(this.#elevated(framed(fenced(argv, this.claim), mark), options.as))
    await this.#take()
    try {
      const result = await onChannel(client, { line, mark, where: `${this.#user}@${this.#door.address}` }, options)
      refuseSuperseded(result, this.#door.address)
      return result
    } finally {
      this.#give()
    }
  }

  async talk(argv: readonly string[], { as, onLine }: TalkOptions): Promise<Talk> {
    const client = this.#ssh.connection
    if (!client) throw lost()
    const mark = newMark()
    const line = commandLine(this.#elevated(opened(fenced(argv, this.claim), mark), as))
    await this.#take()
    try {
      const talk = talkOver(await openChannel(client, line), onLine, mark)
      void talk.ended.then(() => this.#give())
      return talk
    } catch (error) {
      this.#give()
      throw error
    }
  }

  async tryLogin(login: Login, signal?: AbortSignal): Promise<void> {
    const other = await openSsh({ ...this.#door, logins: [login] }, signal)
    await other.close()
  }

  async #take(): Promise<void> {
    if (this.#busy >= channels) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#busy++
  }

  #give(): void {
    this.#busy--
    this.#waiting.shift()?.()
  }

  /** What sudo refuses is told in English: it is read by `refusal`. */
  #elevated(argv: readonly string[], as: ExecOptions['as']): readonly string[] {
    if (!as) return argv
    if (this.#user === 'root') return as === 'root' ? argv : ['runuser', '-u', as, '--', ...argv]
    const sudo = ['env', 'LC_ALL=C', 'sudo', '-n']
    return as === 'root' ? [...sudo, '--', ...argv] : [...sudo, '-u', as, '--', ...argv]
  }

  async close(): Promise<void> {
    this.#ssh.dispose()
  }
}

const lost = () =>
  new Trouble(
    'connection-lost',
    'The connection to the node was lost.',
    'Check its power and network, then press Retry to continue where the run stopped.',
  )

interface Command {
  line: string
  mark: string
  /** `user@address`, for what is told. */
  where: string
}

/** The login shell did something else than run the command. */
function badShell({ where }: Command, what: string, said: string): Trouble {
  const words = said.trim().slice(-300)
  return new Trouble(
    'login-shell',
    `The login shell of ${where} ${what}${words ? `. It printed: ${words}` : '.'}`,
    'A startup file such as ~/.bashrc exits or starts another program. Limit this to interactive shells: put [[ $- == *i* ]] || return above it.',
  )
}

/** Its own words are sudo's, or those of the shell that did not find the program. */
const isRefusal = (stderr: string) => /sudo|runuser|not found/i.test(stderr)

function onChannel(client: Client, command: Command, options: ExecOptions): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    let channel: ClientChannel | undefined
    let started = () => false
    const limit = options.timeout ?? 60_000
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      client.off('close', onClose)
      channel?.removeAllListeners('close')
      settle()
    }
    const leave = (error: Error) =>
      finish(() => {
        for (const stream of channel ? [channel, channel.stderr] : []) stream.removeAllListeners('data').resume()
        channel?.close()
        reject(error)
      })
    const onAbort = () => leave(new Trouble('cancelled', 'Canceled.', 'Press Retry to continue.'))
    const onClose = () => leave(lost())
    const tooLate = () =>
      started()
        ? new Trouble(
            'exec-timeout',
            `A command took longer than ${limit / 1000} s.`,
            'The node may be overloaded or its card slow. Press Retry.',
          )
        : badShell(command, `did not run a command within ${limit / 1000} s`, '')
    const timer = setTimeout(() => leave(tooLate()), limit)
    if (options.signal?.aborted) return onAbort()
    options.signal?.addEventListener('abort', onAbort, { once: true })
    client.once('close', onClose)
    execOn(client, command.line, (error, stream) => {
      if (error || !stream) return leave(lost())
      channel = stream
      const most = options.mostOutput ?? mostOutput
      let bytes = 0
      const count = (length: number) => {
        bytes += length
        if (bytes > most) leave(tooMuch(command.where, most))
      }
      const out = collect('stdout', command.mark, options)
      const err = collect('stderr', command.mark, options)
      started = () => out.between.started
      for (const [source, end] of [[stream, out] as const, [stream.stderr, err] as const])
        source.on('data', (chunk: Buffer) => {
          count(chunk.length)
          if (bytes <= most) end.take(chunk)
        })
      stream.on('error', leave)
      stream.on('close', (code: number | null | undefined) =>
        finish(() => {
          const [stdout, stderr] = [out.end(), err.end()]
          if (started() || code === null || code === undefined) return resolve({ code: code ?? null, stdout, stderr })
          const said = err.between.noise
          if (code !== 0 && isRefusal(said)) return resolve({ code, stdout: '', stderr: said })
          reject(badShell(command, `ended (${code}) before it ran a command`, `${out.between.noise}\n${said}`))
        }),
      )
      const { stdin } = options
      stream.end(stdin instanceof Secret ? stdin.reveal() : (stdin ?? ''))
    })
  })
}

const tooMuch = (where: string, most: number) =>
  new Trouble(
    'output-too-large',
    `A command on ${where} printed more than ${Math.round(most / 1e6)} MB, so Bramble stopped reading it.`,
    'A program there prints without end, or another machine responds at this address. Check the Pi, then press Retry.',
  )

/** ssh2 throws at once when the connection went away a moment ago, and tells all other troubles to its callback. */
function execOn(client: Client, line: string, done: (error: Error | undefined, channel?: ClientChannel) => void): void {
  try {
    client.exec(line, done)
  } catch (error) {
    done(error as Error)
  }
}

function openChannel(client: Client, line: string): Promise<Ends> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(lost())
    client.once('close', onClose)
    execOn(client, line, (error, channel) => {
      client.off('close', onClose)
      if (error || !channel) return reject(lost())
      resolve({
        stdin: channel,
        stdout: channel,
        stderr: channel.stderr,
        onEnd(ended) {
          const onLost = () => ended(null)
          client.once('close', onLost)
          channel.once('close', (code: number | null | undefined) => {
            client.off('close', onLost)
            ended(code ?? null)
          })
        },
        leave: () => channel.close(),
      })
    })
  })
}

/** Text of one stream between the command's marks. */
function collect(stream: 'stdout' | 'stderr', mark: string, { onLine, keepOutput }: ExecOptions) {
  const decoder = new TextDecoder()
  const text = gathered({
    keep: keepOutput ?? Number.MAX_SAFE_INTEGER,
    onLine: onLine && ((line: string) => onLine(line, stream)),
  })
  const inner = between(mark, text.take)
  return {
    between: inner,
    take: (chunk: Buffer) => inner.feed(decoder.decode(chunk, { stream: true })),
    end: () => {
      inner.feed(decoder.decode())
      inner.end()
      return text.end()
    },
  }
}
