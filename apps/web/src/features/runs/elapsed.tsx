'use client'
/** Time a run has taken, ticking while it goes. */
import { useEffect, useState } from 'react'
import { duration } from '@/format/duration.ts'
import { isOver, type RunView } from './view.ts'

export function Elapsed({ run }: { run: Pick<RunView, 'status' | 'startedAt' | 'endedAt'> }) {
  const [now, setNow] = useState<number | null>(null)
  const ticking = run.startedAt !== null && run.endedAt === null && !isOver(run)
  useEffect(() => {
    if (!ticking) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [ticking])
  if (!run.startedAt) return null
  const end = run.endedAt ? Date.parse(run.endedAt) : now
  return (
    <span className="numeric" role="timer" aria-live="off">
      {end === null ? '' : duration((end - Date.parse(run.startedAt)) / 1000)}
    </span>
  )
}
