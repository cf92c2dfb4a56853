/** Server-sent events as a Response: so many for each account, and none further ahead than its reader reads. */
import { access } from '@/auth/access.ts'
import type { Account } from '@/auth/session.ts'
import { InFlight } from '@/http/rate-limit.ts'

export interface ServerEvent {
  event: string
  data: unknown
  id?: number
}

/** Resolves when the reader has room for the next event. */
export type Send = (event: ServerEvent) => Promise<void>

const beat = 15_000
/** Beats between two looks at whether the reader may still read: a revoked session loses its stream within a minute. */
const beatsPerCheck = 4
/** Bytes that are sent ahead of the reader; one event may be larger. */
const ahead = 64 * 1024

/** Streams at the same time: of one browser account or token, of a person with all tokens, of everybody. */
const limits = { each: 20, person: 40, all: 200 }

// Next loads this module more than once in a process; the streams are still counted together.
const shared = globalThis as { brambleStreams?: Record<keyof typeof limits, InFlight> | undefined }

/** How to end it; null: there are too many. */
function enter({ id, by }: Account): (() => void) | null {
  shared.brambleStreams ??= {
    each: new InFlight(limits.each),
    person: new InFlight(limits.person),
    all: new InFlight(limits.all),
  }
  const { each, person, all } = shared.brambleStreams
  const entered: (() => void)[] = []
  const leave = () => {
    for (const one of entered) one()
  }
  for (const one of [each.enter(by), person.enter(id), all.enter('')]) {
    if (one) entered.push(one)
  }
  if (entered.length === 3) return leave
  leave()
  return null
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/**
 * Runs `work` and sends what it sends; then an `end` event. Ends without one when the work fails, so that the page asks
 * again, and when nothing was read for a minute. 429 when `who` has too many.
 */
export function eventStream(
  request: Request,
  who: Account,
  work: (send: Send, signal: AbortSignal) => Promise<void>,
): Response {
  // Nobody would read its body, nor say that it is over.
  if (request.method === 'HEAD') return new Response(null, { headers })
  const leave = enter(who)
  if (!leave) return tooMany()
  const stop = new AbortController()
  const text = new TextEncoder()
  let timer: ReturnType<typeof setInterval> | undefined
  let read: () => void = () => undefined
  /** False: it had ended before. */
  const over = (): boolean => {
    if (stop.signal.aborted) return false
    clearInterval(timer)
    stop.abort()
    leave()
    read()
    return true
  }
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const isFull = () => (controller.desiredSize ?? 0) <= 0
        const end = () => {
          if (over()) controller.close()
        }
        const write = ({ event, data, id }: ServerEvent) => {
          const head = id === undefined ? '' : `id: ${id}\n`
          controller.enqueue(text.encode(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
        }
        const send = async (event: ServerEvent) => {
          while (!stop.signal.aborted && isFull()) {
            const before = read
            await new Promise<void>((resolve) => {
              read = () => {
                before()
                resolve()
              }
            })
          }
          if (!stop.signal.aborted) write(event)
        }
        request.signal.addEventListener('abort', end)
        let [beats, unread] = [0, 0]
        timer = setInterval(async () => {
          if (isFull()) unread++
          else {
            unread = 0
            write({ event: 'beat', data: null })
          }
          if (unread >= beatsPerCheck) return end()
          if (++beats % beatsPerCheck !== 0) return
          const now = await access.require('viewer', request).catch(() => null)
          if (now === null || now instanceof Response) end()
        }, beat)
        write({ event: 'beat', data: null })
        work(send, stop.signal)
          .then(() => send({ event: 'end', data: null }))
          .catch((error) => {
            if (!stop.signal.aborted) console.error('A stream ended early:', error)
          })
          .finally(end)
        if (request.signal.aborted) end()
      },
      pull() {
        const waiting = read
        read = () => undefined
        waiting()
      },
      cancel: () => void over(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: ahead }),
  )
  return new Response(body, { headers })
}

function tooMany(): Response {
  const message = `Too many live views are open: ${limits.each} for one sign-in or token, ${limits.all} for all.`
  const cure = 'Close other tabs or programs that follow something. The page tries again every 10 seconds.'
  const sent = { 'retry-after': '10', 'cache-control': 'no-store' }
  return Response.json({ code: 'too-many-streams', message, cure }, { status: 429, headers: sent })
}
