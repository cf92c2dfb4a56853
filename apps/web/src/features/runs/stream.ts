'use client'
/** A run and its log as they go, from the last line seen. */
import { useEffect, useReducer, useRef, useState } from 'react'
import { openStream, type StreamState } from '@/live/stream.ts'
import { append, emptyLog, type LogBuffer } from './log/log-buffer.ts'
import { isOver, type LogLine, type RunView } from './view.ts'

export type Connection = 'connecting' | StreamState

export function useRunStream(
  initial: RunView,
  withLog: boolean,
): { run: RunView; log: LogBuffer; connection: Connection } {
  const [run, setRun] = useState(initial)
  const [log, add] = useReducer(append, emptyLog)
  const [connection, setConnection] = useState<Connection>('connecting')
  const last = useRef(0)
  const id = initial.id

  useEffect(
    () =>
      openStream({
        address: () => `/api/runs/${id}/log?from=${withLog ? last.current : 'none'}`,
        onState: setConnection,
        on: {
          run: (data) => setRun(JSON.parse(data)),
          log: (data) => {
            const lines: LogLine[] = JSON.parse(data)
            last.current = Math.max(last.current, lines.at(-1)?.seq ?? 0)
            add(lines)
          },
        },
      }),
    [id, withLog],
  )

  // The page may have been rendered anew with a later state than the stream's.
  return { run: isOver(initial) && !isOver(run) ? initial : run, log, connection }
}
