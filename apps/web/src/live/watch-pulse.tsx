'use client'
/** One line: is what the page shows of this moment? */
import { useEffect, useState } from 'react'
import { Light, type Tone } from '@/ui/badge.tsx'
import { watch as words } from './copy.ts'
import { useConnection, useWatch, useWatchContext } from './watch-provider.tsx'

/** Seconds: three looks that failed to come. */
const late = 16

export function WatchPulse() {
  const { now } = useWatchContext()
  const { at } = useWatch()
  const connection = useConnection()
  const [age, setAge] = useState<number | null>(null)
  useEffect(() => {
    const look = () => setAge(at === null ? null : Math.max(0, now() - Date.parse(at) / 1000))
    look()
    const timer = setInterval(look, 1000)
    return () => clearInterval(timer)
  }, [at, now])
  const [tone, text]: [Tone, string] =
    connection === 'lost'
      ? ['warn', words.pulse.lost]
      : at === null
        ? ['neutral', words.pulse.never]
        : age === null || connection === 'connecting'
          ? ['neutral', words.pulse.connecting]
          : age > late
            ? ['warn', words.pulse.late(age)]
            : ['ok', words.pulse.live]
  return (
    <span className="inline-flex items-center gap-2 text-sm" data-testid="watch-pulse">
      <Light tone={tone} live={tone === 'ok'} />
      <span className="numeric">{text}</span>
    </span>
  )
}
