'use client'
/** Follows the log of an app while `follow` is set. */
import { AppLogLine } from '@bramble/cluster'
import { useEffect, useState } from 'react'
import { z } from 'zod'
import { openStream } from '@/live/stream.ts'
import { type NumberedLine, withLines } from './log-lines.ts'

const Problem = z.object({ message: z.string(), cure: z.string() })

export interface AppLog {
  /** Null: none came yet. */
  lines: readonly NumberedLine[] | null
  state: 'starting' | 'live' | 'lost' | 'ended'
  problem: z.infer<typeof Problem> | null
}

const nothing: AppLog = { lines: null, state: 'starting', problem: null }
/** Milliseconds after which a log of which no line came is said to be empty. */
const patienceMs = 8_000

export function useAppLog({ cluster, app }: { cluster: string; app: string }, follow: boolean): AppLog {
  const [log, setLog] = useState(nothing)
  useEffect(() => {
    if (!follow) return
    setLog(nothing)
    const change = (make: (log: AppLog) => Partial<AppLog>) => setLog((now) => ({ ...now, ...make(now) }))
    // At each connection the lines that are kept come again.
    let isNew = true
    const timer = setTimeout(() => change(({ lines }) => ({ lines: lines ?? [] })), patienceMs)
    const stop = openStream({
      address: () => {
        isNew = true
        return `/api/clusters/${cluster}/apps/${app}/log`
      },
      on: {
        log: (data) => {
          const come = AppLogLine.array().parse(JSON.parse(data))
          const begins = isNew
          isNew = false
          change(({ lines }) => ({ lines: withLines(begins ? [] : (lines ?? []), come), state: 'live' }))
        },
        trouble: (data) => change(() => ({ problem: Problem.parse(JSON.parse(data)) })),
      },
      onState: (state) => change((now) => ({ state: state === 'live' && now.lines === null ? 'starting' : state })),
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [cluster, app, follow])
  return log
}
