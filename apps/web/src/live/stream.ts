/** Server-sent events that are taken up again after a lost connection or a sleeping tab. */
import { toast } from 'sonner'

/** The server sends a beat every 15 s; three of them missing is a dead connection. */
const silence = 45_000
const retry = 2_000
/** As the server asks for when too many streams are open. */
const limitRetry = 10_000
const limitNotice = 'too-many-streams'

export type StreamState = 'live' | 'lost' | 'ended'

interface StreamOptions {
  /** Asked for again at each connection: it may say from where to go on. */
  address: () => string
  /** Data by the event's name. */
  on: Readonly<Record<string, (data: string) => void>>
  onState: (state: StreamState) => void
}

/** Returns what ends it. The server's `end` event ends it too. */
export function openStream({ address, on, onState }: StreamOptions): () => void {
  let source: EventSource | null = null
  let watchdog: ReturnType<typeof setTimeout> | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let over = false

  const heard = () => {
    clearTimeout(watchdog)
    watchdog = setTimeout(reopen, silence)
  }
  const lost = () => {
    if (over) return
    onState('lost')
    // Closed: the server answered, but with no stream.
    const isRefused = source?.readyState === EventSource.CLOSED
    source?.close()
    clearTimeout(watchdog)
    clearTimeout(again)
    if (isRefused) void refused()
    else again = setTimeout(open, retry)
  }
  /** An EventSource does not say why it was refused, so the server is asked once more. */
  const refused = async () => {
    const leave = new AbortController()
    const answer = await fetch(address(), { signal: leave.signal }).catch(() => null)
    const words = answer?.status === 429 ? await answer.json().catch(() => null) : null
    leave.abort()
    if (over) return
    if (words?.cure) toast.warning(words.message, { id: limitNotice, description: words.cure, duration: Infinity })
    clearTimeout(again)
    again = setTimeout(open, words?.cure ? limitRetry : retry)
  }
  const reopen = () => {
    if (over) return
    source?.close()
    open()
  }
  function open() {
    clearTimeout(again)
    source = new EventSource(address())
    heard()
    source.addEventListener('open', () => {
      toast.dismiss(limitNotice)
      onState('live')
      heard()
    })
    source.addEventListener('beat', heard)
    for (const [name, take] of Object.entries(on))
      source.addEventListener(name, (event) => {
        heard()
        take(event.data)
      })
    source.addEventListener('end', () => {
      stop()
      onState('ended')
    })
    source.addEventListener('error', lost)
  }
  const woke = () => {
    if (document.visibilityState === 'visible' && source?.readyState !== EventSource.OPEN) reopen()
  }
  function stop() {
    over = true
    clearTimeout(watchdog)
    clearTimeout(again)
    source?.close()
    document.removeEventListener('visibilitychange', woke)
    window.removeEventListener('online', reopen)
  }

  open()
  document.addEventListener('visibilitychange', woke)
  window.addEventListener('online', reopen)
  return stop
}
