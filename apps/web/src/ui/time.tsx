'use client'
import { useEffect, useState } from 'react'

const steps: [limit: number, seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [86_400, 3600, 'hour'],
  [Number.POSITIVE_INFINITY, 86_400, 'day'],
]

const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
/** With the name of the time zone. */
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })

/** "3 minutes ago". */
function ago(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000
  const [, size, unit] = steps.find(([limit]) => Math.abs(seconds) < limit)!
  return format.format(Math.round(seconds / size), unit)
}

/** The age of a moment, ticking; the exact time is its title. Before hydration: UTC, so that server and browser agree. */
export function RelativeTime({ at, className }: { at: Date | string; className?: string }) {
  const date = new Date(at)
  const iso = date.toISOString()
  const [now, setNow] = useState<Date | null>(null)
  useEffect(() => {
    setNow(new Date())
    const timer = setInterval(() => setNow(new Date()), 10_000)
    return () => clearInterval(timer)
  }, [])
  return (
    <time dateTime={iso} title={now ? exact.format(date) : iso} className={className}>
      {now ? ago(date, now) : `${iso.slice(0, 16).replace('T', ' ')} UTC`}
    </time>
  )
}
