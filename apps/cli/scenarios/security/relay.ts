/** A TCP relay between a station and its dashboard: keeps what passes, and cuts a connection when it is told to. */
import { connect, createServer, type Socket } from 'node:net'

export interface Relay {
  port: number
  /** All that passed, both ways, as it was sent. */
  passed(): Buffer
  /** Cuts the next answer off after so many bytes. */
  cutAfter(bytes: number): void
  cuts(): number
  close(): Promise<void>
}

export async function startRelay(target: { port: number }): Promise<Relay> {
  const chunks: Buffer[] = []
  const open = new Set<Socket>()
  let limit: number | null = null
  let cuts = 0
  const server = createServer((near) => {
    const far = connect(target.port, '127.0.0.1')
    let answered = 0
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        open.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      far.write(chunk)
    })
    far.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      answered += chunk.length
      near.write(chunk)
      if (limit === null || answered < limit) return
      limit = null
      cuts++
      near.resetAndDestroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    port,
    passed: () => Buffer.concat(chunks),
    cutAfter: (bytes) => {
      limit = bytes
    },
    cuts: () => cuts,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
