'use client'
/** A run and its log as they go. Taken up again after a lost connection or a sleeping tab, from the last line seen. */
import { useEffect, useReducer, useRef, useState } from 'react'
import { append, emptyLog, type LogBuffer } from './log-buffer.ts'
import { isOver, type LogLine, type RunView } from './view.ts'

export type Connection = 'connecting' | 'live' | 'lost' | 'ended'

/** The server sends a beat every 15 s; three of them missing is a dead connection. */
const silence = 45_000
const retry = 2_000

export function useRunStream(
  initial: RunView,
  withLog: boolean,
): { run: RunView; log: LogBuffer; connection: Connection } {
  const [run, setRun] = useState(initial)
  const [log, add] = useReducer(append, emptyLog)
  const [connection, setConnection] = useState<Connection>('connecting')
  const last = useRef(0)
  const id = initial.id

  useEffect(() => {
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
      setConnection('lost')
      source?.close()
      clearTimeout(again)
      again = setTimeout(open, retry)
    }
    const reopen = () => {
      if (over) return
      source?.close()
      open()
    }
    function open() {
      clearTimeout(again)
      source = new EventSource(`/api/runs/${id}/log?from=${withLog ? last.current : 'none'}`)
      heard()
      source.addEventListener('open', () => {
        setConnection('live')
        heard()
      })
      source.addEventListener('beat', heard)
      source.addEventListener('run', (event) => {
        heard()
        setRun(JSON.parse(event.data))
      })
      source.addEventListener('log', (event) => {
        heard()
        const lines: LogLine[] = JSON.parse(event.data)
        last.current = Math.max(last.current, lines.at(-1)?.seq ?? 0)
        add(lines)
      })
      source.addEventListener('end', () => {
        over = true
        clearTimeout(watchdog)
        source?.close()
        setConnection('ended')
      })
      source.addEventListener('error', lost)
    }
    const woke = () => {
      if (document.visibilityState === 'visible' && source?.readyState !== EventSource.OPEN) reopen()
    }

    open()
    document.addEventListener('visibilitychange', woke)
    window.addEventListener('online', reopen)
    return () => {
      over = true
      clearTimeout(watchdog)
      clearTimeout(again)
      source?.close()
      document.removeEventListener('visibilitychange', woke)
      window.removeEventListener('online', reopen)
    }
  }, [id, withLog])

  // The page may have been rendered anew with a later state than the stream's.
  return { run: isOver(initial) && !isOver(run) ? initial : run, log, connection }
}
