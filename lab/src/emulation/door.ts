/** The gateway of a lab whose one node runs in QEMU: lets `dial` reach it at its address, as it reaches any lab's. */
import { mkdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Layout } from '../host/layout.ts'
import { targetOf } from '../network/gateway.ts'

export interface Door {
  close(): Promise<void>
}

/** `port`: of 127.0.0.1, where QEMU leads to the SSH of `address`. All other addresses of the lab are empty. */
export async function openDoor(layout: Layout, address: string, port: number): Promise<Door> {
  const server = createServer((_, response) => response.writeHead(405).end('The lab gateway accepts CONNECT only.\n'))
  const sockets = new Set<Socket>()
  server.on('connect', (message, near: Socket) => {
    sockets.add(near.once('close', () => sockets.delete(near)))
    near.on('error', () => near.destroy())
    const target = targetOf(layout, message.url ?? '')
    if (target?.host !== address || target.port !== 22) {
      near.end(`HTTP/1.1 ${target ? 502 : 403} Nobody\r\n\r\n`)
      return
    }
    const far = connect({ host: '127.0.0.1', port, noDelay: true })
    far.once('error', () => near.destroy())
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroySoon())
    far.once('connect', () => {
      near.write('HTTP/1.1 200 Connected\r\n\r\n')
      near.pipe(far)
      far.pipe(near)
    })
  })
  await mkdir(dirname(layout.gateway), { recursive: true })
  await rm(layout.gateway, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(layout.gateway, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
