/** What booting Pis say, as a worker hears it: only what the card's own key has signed counts. */
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { Arrival, verifyArrival } from '@bramble/provision/flash'
import { layoutOf } from '../src/host/layout.ts'

export interface Heard extends Omit<Arrival, 'signature'> {
  /** Milliseconds since the epoch. */
  at: number
}

export interface Listener {
  heard: Heard[]
  /** What no known card has signed. */
  refused: number
  close(): Promise<void>
}

/** Listens where the lab's bridge leads to. `keyOf`: public line of a card's host key. */
export async function listenForArrivals(id: number, keyOf: (card: string) => string | undefined): Promise<Listener> {
  const listener: Listener = { heard: [], refused: 0, close }
  const server = createServer(async (request, response) => {
    const parsed = Arrival.safeParse(JSON.parse(await bodyOf(request)))
    const key = parsed.success ? keyOf(parsed.data.card) : undefined
    const isTrue = parsed.success && key !== undefined && verifyArrival(parsed.data, key)
    response.writeHead(isTrue ? 204 : 403).end()
    if (!isTrue) listener.refused++
    else {
      const { signature, ...said } = parsed.data
      listener.heard.push({ ...said, at: Date.now() })
    }
  })
  const path = layoutOf(id).arrivals
  await rm(path, { force: true })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  async function close() {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return listener
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
