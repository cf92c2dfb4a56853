'use client'
/** What the charts of a page share: the range, the crosshair, what is hidden, what happened. */
import type { TimelineEvent } from '@bramble/cluster'
import { useSearchParams } from 'next/navigation'
import { createContext, type ReactNode, use, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { type Crosshair, CrosshairStore, HiddenStore } from '@/charts/crosshair/crosshair.ts'
import { type Range, resumed, widened, windowOf, zoomed } from '@/live/range.ts'
import { useRange, useSetRange } from '@/live/use-range.ts'
import { useTimeline } from '@/live/use-series.ts'
import { useWatchContext } from '@/live/watch-provider.tsx'

interface Board {
  crosshair: CrosshairStore
  hidden: HiddenStore
  events: readonly TimelineEvent[]
  /** Seconds since 1970: what a drag chose. */
  zoom: (a: number, b: number) => void
  /** Back to before the last zoom, or live. */
  unzoom: () => void
  /** Twice the time. */
  widen: () => void
}

const Context = createContext<Board | null>(null)

export function useBoard(): Board {
  const board = use(Context)
  if (!board) throw new Error('A chart is used outside of a ChartBoard.')
  return board
}

export function useCrosshair(): Crosshair {
  const { crosshair } = useBoard()
  return useSyncExternalStore(crosshair.subscribe, crosshair.read, crosshair.read)
}

export function useHidden(): ReadonlySet<string> {
  const { hidden } = useBoard()
  return useSyncExternalStore(hidden.subscribe, hidden.read, hidden.read)
}

/** `title`: of a screen whose own heading is its tab; for those who hear it. */
export function ChartBoard({ title, children }: { title?: string; children: ReactNode }) {
  const range = useRange()
  const setRange = useSetRange()
  const events = useTimeline()
  const { now } = useWatchContext()
  const params = useSearchParams()
  const [crosshair] = useState(() => new CrosshairStore(momentOf(params.get('at'))))
  const [hidden] = useState(() => new HiddenStore())
  /** Zooms that the browser's Back can undo. */
  const depth = useRef(0)

  const board = useMemo<Board>(() => {
    const go = (next: Range) => {
      depth.current += 1
      setRange(next)
    }
    return {
      crosshair,
      hidden,
      events,
      zoom: (a, b) => go(zoomed(a, b)),
      unzoom: () => {
        if (depth.current > 0) window.history.back()
        else if (!('live' in range)) setRange(resumed(range), 'replace')
      },
      widen: () => go(widened(windowOf(range, now()), now())),
    }
  }, [crosshair, hidden, events, range, setRange, now])

  useEffect(() => {
    const back = () => {
      depth.current = Math.max(0, depth.current - 1)
    }
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      // An open menu or dialog has the first claim on Escape.
      if (document.querySelector('[data-radix-popper-content-wrapper], [role="dialog"]')) return
      if (crosshair.read().pinned) crosshair.clear()
      else if (!('live' in range)) board.unzoom()
    }
    window.addEventListener('popstate', back)
    window.addEventListener('keydown', key)
    return () => {
      window.removeEventListener('popstate', back)
      window.removeEventListener('keydown', key)
    }
  }, [board, crosshair, range])

  return (
    <Context value={board}>
      {title && <h2 className="sr-only">{title}</h2>}
      {children}
    </Context>
  )
}

function momentOf(text: string | null): number | null {
  return text !== null && /^\d{1,11}$/.test(text) ? Number(text) : null
}
