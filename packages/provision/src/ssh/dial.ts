/** Opens TCP connections to nodes. Addresses of the lab exist only behind its gateway and are never dialled directly. */
import { connect, type Socket } from 'node:net'
import { Trouble } from '../engine/types.ts'

/** 198.18.0.0/15 is reserved for bench tests (RFC 2544): never on a home network, so all of it is the lab's. */
export function isLabAddress(host: string): boolean {
  return /^198\.1[89]\./.test(host)
}

const led = new Map<string, string>()

/** From now on this process reaches a lab's network (`198.18.250`) through this gateway: several labs may have the same addresses. */
export function leadThrough(network: string, gateway: string): void {
  led.set(network, gateway)
}

/** The unix socket of the gateway (HTTP CONNECT) that leads into the lab of this address. */
export function labGateway(host: string): string {
  const other = led.get(host.slice(0, host.lastIndexOf('.')))
  if (other) return other
  const [, second, third] = host.split('.')
  return `/run/bramble-lab/${(Number(second) - 18) * 256 + Number(third)}/gateway.sock`
}

export interface DialOptions {
  /** Milliseconds; default 10 000. */
  timeout?: number
  signal?: AbortSignal
}

/** A connected socket, or Trouble `unreachable`. */
export async function dial(host: string, port: number, options: DialOptions = {}): Promise<Socket> {
  const lab = isLabAddress(host)
  const socket = lab ? connect(labGateway(host)) : connect({ host, port })
  const fail = (reason: string, cause?: unknown) =>
    new Trouble('unreachable', `${host} port ${port} cannot be reached: ${reason}`, cureFor(reason, lab), { cause })
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => finish(fail('no answer in time')), options.timeout ?? 10_000)
      const finish = (error?: Error) => {
        clearTimeout(timer)
        options.signal?.removeEventListener('abort', onAbort)
        error ? reject(error) : resolve()
      }
      const onAbort = () => finish(new Trouble('cancelled', 'Canceled.', 'Press Retry to continue.'))
      options.signal?.addEventListener('abort', onAbort, { once: true })
      if (options.signal?.aborted) onAbort()
      socket.once('error', (error: NodeJS.ErrnoException) => finish(fail(reasonOf(error, lab), error)))
      socket.once('connect', () => {
        if (!lab) return finish()
        socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`)
        readReply(socket).then(
          (status) => (status === 200 ? finish() : finish(fail('the node is not responding'))),
          finish,
        )
      })
    })
  } catch (error) {
    socket.destroy()
    throw error
  }
  socket.removeAllListeners('error')
  socket.setNoDelay(true)
  return socket
}

/**
 * Reads the relay's reply up to the blank line and leaves the rest in the socket. Returns the status. Not by `data` and
 * `pause`: a socket that was paused stays so, and whoever listens to it later hears nothing.
 */
function readReply(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0)
    const onReadable = () => {
      for (let part = socket.read() as Buffer | null; part !== null; part = socket.read() as Buffer | null) {
        head = Buffer.concat([head, part])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) continue
        socket.off('readable', onReadable)
        socket.off('close', onClose)
        const rest = head.subarray(end + 4)
        if (rest.length > 0) socket.unshift(rest)
        resolve(Number(head.toString('latin1').split(' ')[1]))
        return
      }
    }
    const onClose = () =>
      reject(new Trouble('unreachable', 'The lab gateway closed the connection.', 'Start the lab: ./bramble lab up'))
    socket.on('readable', onReadable)
    socket.once('close', onClose)
  })
}

function reasonOf(error: NodeJS.ErrnoException, lab: boolean): string {
  if (lab) return 'the lab is not running'
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'it refuses the connection',
    EHOSTUNREACH: 'no machine has this address',
    ENETUNREACH: 'this network is not reachable from here',
    ETIMEDOUT: 'no answer in time',
  }
  return reasons[error.code ?? ''] ?? error.message
}

function cureFor(reason: string, lab: boolean): string {
  if (lab && reason.includes('not running')) return 'Start the lab: ./bramble lab up'
  if (reason.includes('refuses'))
    return 'The machine is online, but SSH is disabled: enable SSH on the Pi (raspi-config, or a file named "ssh" on the boot partition).'
  return 'Check that the Pi has power, that its network light blinks and that the address is right.'
}
