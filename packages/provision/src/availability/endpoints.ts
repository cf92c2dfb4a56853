/** The checker's ways into a cluster, as a client on the LAN has them: its virtual IP, and nothing else. */
import type { Socket } from 'node:net'
import type { ClusterSpec } from '@bramble/cluster'
import type { ClusterSecrets } from '../engine/types.ts'
import { dial } from '../ssh/dial.ts'
import type { Door } from './sql-client.ts'

/** Read for each connection: they may be replaced meanwhile. */
export type DoorSecrets = Pick<ClusterSecrets, 'application' | 'ca'>

/** PostgreSQL on the virtual IP as the application's user, over verified TLS: read-write (5000) or read-only (5001). */
export function databaseDoor(spec: ClusterSpec, secrets: DoorSecrets, port: 5000 | 5001 = 5000): Door {
  return async () => {
    const socket = await dial(spec.vip, port, { timeout: 1500 })
    return {
      host: spec.vip,
      port,
      user: spec.database.user,
      database: spec.database.name,
      password: secrets.application.reveal(),
      // pg names no host for an address, and TLS would compare the certificate with "localhost".
      ssl: { ca: secrets.ca.trusted, host: spec.vip },
      stream: () => connected(socket),
    }
  }
}

/** pg connects the stream that it is given; this one is connected already. */
function connected(socket: Socket): Socket {
  socket.connect = () => {
    setImmediate(() => socket.emit('connect'))
    return socket
  }
  return socket
}

/** The site on the virtual IP: true when it answers with a 2xx or 3xx. */
export function siteDoor(spec: ClusterSpec): (signal: AbortSignal) => Promise<boolean> {
  return async (signal) => {
    const socket = await dial(spec.vip, 80, { signal, timeout: 1500 })
    try {
      return await answersWell(socket, spec.vip, signal)
    } finally {
      socket.destroy()
    }
  }
}

function answersWell(socket: Socket, host: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    let head = ''
    const finish = (well: boolean) => resolve(well)
    signal.addEventListener('abort', () => finish(false), { once: true })
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1')
      const status = /^HTTP\/1\.[01] ([0-9]{3})/.exec(head)?.[1]
      if (status) finish(status.startsWith('2') || status.startsWith('3'))
      else if (head.length > 64) finish(false)
    })
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nUser-Agent: bramble-checker\r\n\r\n`)
  })
}
