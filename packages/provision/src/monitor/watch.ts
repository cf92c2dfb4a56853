/**
 * Watching a node: one script over one kept connection, a question and an answer a line. Nothing is installed there and
 * no file is left; the script ends when its input does.
 */
import { readFileSync } from 'node:fs'
import type { ClusterSpec, NodeSpec } from '@bramble/cluster'
import { z } from 'zod'
import { refusal } from '../engine/gather.ts'
import type { Talk, Transport } from '../engine/transport.ts'
import { Trouble } from '../engine/types.ts'
import { partsFor, settingsFor } from './sources.ts'

/** Milliseconds. Starting Python on a small Pi that is busy takes seconds; an answer comes within the script's own 2.5 s. */
const startLimit = 20_000
const answerLimit = 4_000

/** What one source says: its `value`, or in `silent` why it says nothing. */
export const SourceAnswer = z.object({
  value: z.unknown().optional(),
  silent: z.string().max(2_000).optional(),
  /** Milliseconds that it took. */
  ms: z.number().optional(),
})
export type SourceAnswer = z.infer<typeof SourceAnswer>

const Answer = z.object({
  n: z.int(),
  /** Seconds since 1970 and since the boot, when the question came. */
  clock: z.number(),
  since: z.number(),
  /** Milliseconds from the question to the answer, on the node. */
  took: z.number(),
  /** CPU seconds so far and bytes of memory that the watching takes there. */
  own: z.object({ cpu: z.number(), memory: z.number() }),
  /** By name. One that is asked rarely is there only when it has something new. */
  sources: z.record(z.string(), SourceAnswer),
})

/** One look at a node. */
export interface Look extends z.infer<typeof Answer> {
  /** Milliseconds since 1970 on this machine's clock when it was asked, and until it had answered. */
  askedAt: number
  roundTrip: number
  /** Bytes of the answer. */
  size: number
}

export interface Watch {
  /**
   * Asks all sources once, and waits `limit` milliseconds at most (default 4000). Trouble `no-answer`, `connection-lost`,
   * `answer-unreadable`, `cancelled`: then close it and open another one.
   */
  ask(options?: { limit?: number; signal?: AbortSignal }): Promise<Look>
  /** The script on the node ends. */
  close(): void
}

const folder = new URL('./on-node/', import.meta.url)

/** Reads the script from its input, so that no long text stands in the node's process list. */
const loader = `# bramble-watch
import os
def take(count):
    data = b''
    while len(data) < count:
        part = os.read(0, count - len(data))
        if not part:
            raise SystemExit
        data += part
    return data
exec(compile(take(int(take(8))), 'bramble-watch', 'exec'))`

export function scriptFor(node: NodeSpec): string {
  return partsFor(node)
    .map((name) => readFileSync(new URL(`${name}.py`, folder), 'utf8'))
    .join('\n\n')
}

/** Starts the script. Trouble `no-python`, `sudo-password`, `no-sudo`, `gather-failed`, `no-answer`, and the transport's own. */
export async function openWatch(
  transport: Transport,
  { spec, node, signal }: { spec: ClusterSpec; node: NodeSpec; signal?: AbortSignal },
): Promise<Watch> {
  let heard: (line: string) => void = () => undefined
  const talk = await transport.talk(['python3', '-I', '-c', loader], { as: 'root', onLine: (line) => heard(line) })
  const next = (limit: number, accepts: (line: string) => boolean, abort?: AbortSignal) =>
    nextLine({ talk, listen: (listener) => (heard = listener), limit, accepts, ...(abort ? { signal: abort } : {}) })

  const script = Buffer.from(scriptFor(node), 'utf8')
  const ready = next(startLimit, (line) => line === 'ready', signal)
  talk.say(`${String(script.length).padStart(8)}${script}${JSON.stringify(settingsFor(spec, node))}\n`)
  try {
    await ready
  } catch (error) {
    talk.close()
    throw error
  }
  let asked = 0
  return {
    async ask({ limit = answerLimit, signal: abort } = {}) {
      const n = ++asked
      const askedAt = Date.now()
      const begun = performance.now()
      // An answer that comes too late belongs to a question that nobody asks any more.
      const answer = next(limit, (line) => line.startsWith(`{"n":${n},`), abort)
      talk.say(`${n}\n`)
      const line = await answer
      return { ...parsed(line), askedAt, roundTrip: performance.now() - begun, size: Buffer.byteLength(line) + 1 }
    },
    close: () => talk.close(),
  }
}

function parsed(line: string): z.infer<typeof Answer> {
  try {
    return Answer.parse(JSON.parse(line))
  } catch (cause) {
    throw new Trouble(
      'answer-unreadable',
      'The node sent a response that Bramble cannot read.',
      'If the problem persists, report it: the monitoring script does not match this version of Bramble.',
      { cause },
    )
  }
}

interface Awaited {
  talk: Talk
  listen: (listener: (line: string) => void) => void
  limit: number
  accepts: (line: string) => boolean
  signal?: AbortSignal
}

function nextLine({ talk, listen, limit, accepts, signal }: Awaited): Promise<string> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      listen(() => undefined)
      settle()
    }
    const onAbort = () => finish(() => reject(new Trouble('cancelled', 'Cancelled.', '')))
    const timer = setTimeout(
      () =>
        finish(() =>
          reject(
            new Trouble(
              'no-answer',
              `The node did not respond within ${(limit / 1000).toFixed(0)} s.`,
              'Check its power and its network. Bramble retries until it responds.',
            ),
          ),
        ),
      limit,
    )
    listen((line) => accepts(line) && finish(() => resolve(line)))
    void talk.ended.then(({ code, stderr }) => finish(() => reject(gone(code, stderr))))
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
  })
}

function gone(code: number | null, stderr: string): Trouble {
  if (code !== null && stderr.trim() !== '') return refusal(stderr, code)
  return new Trouble(
    'connection-lost',
    'The connection to the node was lost.',
    'Check its power and its network. Bramble retries until it responds.',
  )
}
