/** Server-sent events as a Response. */
import { access } from './access.ts'

export interface ServerEvent {
  event: string
  data: unknown
  id?: number
}

const beat = 15_000
/** Beats between two looks at whether the reader may still read: a revoked session loses its stream within a minute. */
const beatsPerCheck = 4

/** Runs `work` and sends what it sends; then an `end` event. Ends without one when the work fails, so that the page asks again. */
export function eventStream(
  request: Request,
  work: (send: (event: ServerEvent) => void, signal: AbortSignal) => Promise<void>,
): Response {
  const stop = new AbortController()
  const text = new TextEncoder()
  let timer: ReturnType<typeof setInterval> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const end = () => {
        clearInterval(timer)
        if (stop.signal.aborted) return
        stop.abort()
        controller.close()
      }
      const send = ({ event, data, id }: ServerEvent) => {
        if (stop.signal.aborted) return
        const head = id === undefined ? '' : `id: ${id}\n`
        controller.enqueue(text.encode(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
      }
      request.signal.addEventListener('abort', end)
      let beats = 0
      timer = setInterval(async () => {
        send({ event: 'beat', data: null })
        if (++beats % beatsPerCheck !== 0) return
        const who = await access.require('viewer', request).catch(() => null)
        if (who === null || who instanceof Response) end()
      }, beat)
      send({ event: 'beat', data: null })
      work(send, stop.signal)
        .then(() => send({ event: 'end', data: null }))
        .catch((error) => {
          if (!stop.signal.aborted) console.error('A stream ended early:', error)
        })
        .finally(end)
    },
    cancel() {
      clearInterval(timer)
      stop.abort()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
  })
}
