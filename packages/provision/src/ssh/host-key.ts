/** Who answers at an address, by its SSH host key. The handshake ends before any login: nothing secret is sent. */
import ssh2 from 'ssh2'
import { Trouble } from '../engine/types.ts'
import { dial } from './dial.ts'
import { fingerprintOf } from './ssh.ts'

export interface HostKeyOptions {
  /** Milliseconds for the connection, and twice as many for the handshake; default 10 000. */
  patience?: number
  signal?: AbortSignal
}

/** The fingerprint that the machine shows (`SHA256:…`). Trouble `unreachable`: nobody answers, or it is no SSH. */
export async function shownHostKey(address: string, port: number, options: HostKeyOptions = {}): Promise<string> {
  return fingerprintOf(await shownPublicKey(address, port, options))
}

/** The host key itself, as SSH sends it. Trouble as of `shownHostKey`. */
export async function shownPublicKey(address: string, port: number, options: HostKeyOptions = {}): Promise<Buffer> {
  const { patience = 10_000, signal } = options
  const socket = await dial(address, port, { timeout: patience, ...(signal ? { signal } : {}) })
  const client = new ssh2.Client()
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onEnd)
      settle()
      client.destroy()
      socket.destroy()
    }
    const onEnd = () => end(() => reject(noSsh(address, port)))
    const timer = setTimeout(onEnd, 2 * patience)
    signal?.addEventListener('abort', onEnd, { once: true })
    client.on('error', onEnd)
    client.on('close', onEnd)
    client.connect({
      sock: socket,
      username: 'nobody',
      readyTimeout: 0,
      algorithms: { serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'] },
      hostVerifier: (key: Buffer) => {
        end(() => resolve(key))
        return false
      },
    })
  })
}

const noSsh = (address: string, port: number) =>
  new Trouble(
    'unreachable',
    `${address} accepted the connection on port ${port}, but does not run an SSH server there.`,
    'Check the port. If the Pi is still booting, wait half a minute, then try again.',
  )
