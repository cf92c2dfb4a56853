/** Server-sent events of a dashboard, continued after a lost connection. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionLost, type DashboardClient } from './client.ts'

export interface StreamEvent {
  event: string
  data: unknown
  /** Null: it has none. */
  id: string | null
}

/** Connections in a row that bring nothing before it is given up, and the milliseconds between two of them. */
const mostAttempts = 60
const pauseMs = 2_000

/**
 * Ends with the `end` event. After a lost connection, such as when the dashboard restarts, it asks again and continues after the last
 * event that had an id. ConnectionLost after two minutes without one; Troubles of `DashboardClient.stream`.
 */
export async function* followEvents(
  client: DashboardClient,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  let last: string | null = null
  for (let failures = 0; ; ) {
    try {
      const stream = await client.stream(path, last === null ? {} : { 'last-event-id': last })
      for await (const event of parseEvents(stream)) {
        if (event.event === 'end') return
        if (event.id !== null) last = event.id
        if (event.event === 'beat') continue
        failures = 0
        yield event
      }
      failures++
    } catch (error) {
      signal.throwIfAborted()
      // A stream that is cut off ends with an error of the socket.
      const isLost = error instanceof ConnectionLost || (error instanceof Error && !('cure' in error))
      if (!isLost || ++failures >= mostAttempts) throw error
    }
    if (failures >= mostAttempts)
      throw new ConnectionLost(
        'dashboard-unreachable',
        'The dashboard ended the connection too often.',
        'Try again later.',
      )
    await sleep(pauseMs, undefined, { signal })
  }
}

const longestEvent = 32_000_000

export async function* parseEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true })
    const blocks = rest.split('\n\n')
    rest = blocks.pop() ?? ''
    if (rest.length > longestEvent) throw new Error('An event of the dashboard is too large')
    for (const block of blocks) yield eventOf(block)
  }
}

function eventOf(block: string): StreamEvent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')] as const
    }),
  )
  return {
    event: fields.get('event') ?? 'message',
    data: JSON.parse(fields.get('data') ?? 'null'),
    id: fields.get('id') ?? null,
  }
}
