'use client'
/** A link to what is seen now: the window stands still in it, and the moment that is pinned is pinned there too. */
import { usePathname, useSearchParams } from 'next/navigation'
import { useCallback } from 'react'
import { toast } from 'sonner'
import { useBoard } from '@/charts/board/chart-board.tsx'
import { chart as words } from '@/live/copy.ts'
import { windowOf, withRange } from '@/live/range.ts'
import { useRange } from '@/live/use-range.ts'
import { useWatchContext } from '@/live/watch-provider.tsx'

export function useCopyMoment(): () => void {
  const { crosshair } = useBoard()
  const { now } = useWatchContext()
  const range = useRange()
  const path = usePathname()
  const params = useSearchParams()
  return useCallback(() => {
    const query = withRange(new URLSearchParams(params), windowOf(range, now()))
    const { at, pinned } = crosshair.read()
    if (at !== null && pinned) query.set('at', String(Math.round(at)))
    else query.delete('at')
    const link = `${window.location.origin}${path}?${query}`
    // Without a secure origin (plain HTTP on the LAN) the browser has no clipboard: then the link is shown.
    const shown = () => toast(words.link, { description: link, duration: 20_000 })
    if (!navigator.clipboard) shown()
    else navigator.clipboard.writeText(link).then(() => toast.success(words.copied, { description: link }), shown)
  }, [crosshair, now, range, path, params])
}
