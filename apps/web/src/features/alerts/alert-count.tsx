'use client'
/** How many alerts are open, beside *Alerts* in the navigation. Asked for now and then: a stream a tab would be one too many. */
import type { AlertCount as Count } from '@bramble/db/alerts'
import { useEffect, useSyncExternalStore } from 'react'
import { cn } from '@/ui/cn.ts'
import { alerts as words } from './copy.ts'
import { openCount } from './open-count.ts'

const everyMs = 15_000

export function AlertCount({ initial }: { initial: Record<string, Count> }) {
  const told = useSyncExternalStore(openCount.subscribe, openCount.read, () => null)
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') void openCount.ask()
    }
    look()
    const timer = setInterval(look, everyMs)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
  const counts = Object.values(told ?? initial)
  const critical = counts.reduce((sum, count) => sum + count.critical, 0)
  const all = counts.reduce((sum, count) => sum + count.critical + count.warning, 0)
  if (all === 0) return null
  return (
    <span
      className={cn(
        'numeric grid h-5 min-w-5 place-items-center rounded-full px-1.5 font-semibold text-[0.6875rem] leading-none',
        critical > 0 ? 'bg-bad text-background' : 'bg-warn text-background',
      )}
    >
      <span aria-hidden>{all > 99 ? '99+' : all}</span>
      <span className="sr-only">{words.open(all)}</span>
    </span>
  )
}
