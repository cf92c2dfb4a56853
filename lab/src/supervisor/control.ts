/** How a command speaks to the lab's supervisor: one request on a Unix socket, answered by lines of JSON, the last one the result. */
import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { createInterface } from 'node:readline'
import type { BoardChange } from '../cards/board.ts'
import type { CardFaults } from '../cards/card-slots.ts'
import { LabError } from '../host/errors.ts'
import type { Release } from '../host/layout.ts'

export type Request =
  | { do: 'ping' }
  | UpRequest
  | { do: 'down' }
  /** `change` null: as if nothing had happened, but for what the firmware remembers. */
  | { do: 'board'; node: string; change: BoardChange | null }
  | CardRequest
  | { do: 'power-off' | 'power-on' | 'reboot' | 'cut' | 'heal' | 'reflash'; node: string }

export interface UpRequest {
  do: 'up'
  nodes: number
  release: Release
  golden: boolean
  memoryMB: number
  layers: string[]
  /** Folder with one of each node, of what was written to its disk when its cluster was built. */
  built?: string
  diskMB?: number
}

export type CardRequest =
  | { do: 'cards'; slots: number; size: number }
  /** `node` null: back into the reader. */
  | { do: 'card-insert'; slot: string; node: string | null }
  | { do: 'card-remove'; node: string }
  | { do: 'card-eject' | 'card-blank'; slot: string }
  /** `faults` null: a good card. */
  | { do: 'card-damage'; slot: string; faults: CardFaults | null }

type Answer = { line: string } | { done: true } | { error: { code: string; message: string } }

/** Sends one request and waits for its end. Throws what the supervisor threw, or LabError `lab-not-running`. */
export function ask(
  socketPath: string,
  request: Request,
  timeout: number,
  onLine?: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath })
    const timer = setTimeout(() => {
      end(
        new LabError(
          'lab-timeout',
          `The lab did not finish "${request.do}" within ${timeout / 1000} s. Check its log, then try again.`,
        ),
      )
    }, timeout)
    function end(error?: Error) {
      clearTimeout(timer)
      socket.destroy()
      error ? reject(error) : resolve()
    }
    const gone = () =>
      end(new LabError('lab-not-running', 'The lab is not running. Start it with `./bramble lab up`, then try again.'))
    socket.once('error', gone)
    socket.once('close', gone)
    const lines = createInterface({ input: socket })
    lines.on('error', () => undefined)
    lines.on('line', (text) => {
      const answer = JSON.parse(text) as Answer
      if ('line' in answer) onLine?.(answer.line)
      else if ('error' in answer) end(new LabError(answer.error.code, answer.error.message))
      else end()
    })
    socket.write(`${JSON.stringify(request)}\n`)
  })
}

/** Serves requests. `handle` may take its time; its lines are passed on as they come. */
export async function serveControl(
  socketPath: string,
  handle: (request: Request, onLine: (line: string) => void) => Promise<void>,
): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    const say = (answer: Answer) => socket.writable && socket.write(`${JSON.stringify(answer)}\n`)
    createInterface({ input: socket })
      .on('error', () => undefined)
      .once('line', (text) => {
        Promise.resolve()
          .then(() => handle(JSON.parse(text) as Request, (line) => say({ line })))
          .then(
            () => say({ done: true }),
            (error: unknown) => {
              const message = error instanceof Error ? error.message : String(error)
              say({ error: { code: error instanceof LabError ? error.code : 'lab-failed', message } })
            },
          )
      })
  })
  await rm(socketPath, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  await chmod(socketPath, 0o600)
  return server
}
