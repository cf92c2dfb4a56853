/**
 * The only way between this machine and the lab's network. A process inside the namespace relays HTTP CONNECT from a Unix socket
 * to the lab's addresses, and two ports on the bridge to Unix sockets: the package cache, and whoever waits for booting nodes.
 */
import { chmod, rm } from 'node:fs/promises'
import { createServer as createHttp } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dial } from '@bramble/provision/dial'
import { arrivalsPort, type Layout, packagePort } from '../host/layout.ts'

/** Serves the gateway; must run inside the lab's namespace. Resolves when both ends listen. */
export async function serveGateway(layout: Layout): Promise<void> {
  const http = createHttp((_, response) => response.writeHead(405).end('The lab gateway accepts CONNECT only.\n'))
  http.on('connect', (message, socket: Socket, head) => {
    const target = targetOf(layout, message.url ?? '')
    if (!target) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const far = connect({ ...target, noDelay: true })
    const fail = (error: NodeJS.ErrnoException) =>
      socket.end(`HTTP/1.1 ${error.code === 'ETIMEDOUT' ? 504 : 502} ${error.code ?? 'Failed'}\r\n\r\n`)
    far.once('error', fail)
    // A client that gives up while the node is dark must not leave a half-open dial behind.
    socket.once('close', () => far.destroy())
    socket.on('error', () => far.destroy())
    far.once('connect', () => {
      far.off('error', fail)
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      if (head.length > 0) far.write(head)
      couple(socket, far)
    })
  })
  const relay = createServer({ allowHalfOpen: true }, (near) =>
    couple(near, connect({ path: layout.packages, allowHalfOpen: true })),
  )
  const arrivals = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => arrive(layout, near))
  await rm(layout.gateway, { force: true })
  await listen(arrivals, { port: arrivalsPort, host: layout.bridgeAddress })
  await listen(relay, { port: packagePort, host: layout.bridgeAddress })
  await listen(http, { path: layout.gateway })
  await chmod(layout.gateway, 0o600)
}

/** Leads a node's first words to who listens for them; as a closed port would, it resets the connection when nobody does. */
function arrive(layout: Layout, near: Socket): void {
  const far = connect({ path: layout.arrivals, allowHalfOpen: true })
  const refuse = () => near.resetAndDestroy()
  near.on('error', () => far.destroy())
  far.once('error', refuse)
  far.once('connect', () => {
    far.off('error', refuse)
    couple(near, far)
  })
}

/** The address a CONNECT line asks for, if it belongs to the lab; else null. */
export function targetOf(layout: Layout, url: string): { host: string; port: number } | null {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.(\d{1,3}):(\d{1,5})$/.exec(url)
  if (!match || match[1] !== layout.subnet) return null
  const [host, port] = [Number(match[2]), Number(match[3])]
  return host >= 2 && host <= 254 && port >= 1 && port <= 65535 ? { host: `${match[1]}.${host}`, port } : null
}

/** Opens a loopback port of this machine that leads to an address of the lab. */
export async function publish(port: number, target: { host: string; port: number }): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) => {
    near.on('error', () => undefined)
    dial(target.host, target.port).then(
      (far) => couple(near, far),
      () => near.destroy(),
    )
  })
  await listen(server, { host: '127.0.0.1', port })
  return server
}

/** Couples two sockets: data, half-close and death of either pass to the other. */
function couple(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('error', () => to.destroy())
    from.once('close', () => to.destroySoon())
    from.pipe(to)
    from.resume()
  }
}

function listen(
  server: Server | ReturnType<typeof createHttp>,
  where: { path: string } | { host: string; port: number },
) {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
