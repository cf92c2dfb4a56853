'use client'
/** The range in the address, and the ways to change it. Changing it loads no page. */
import { usePathname, useSearchParams } from 'next/navigation'
import { useCallback, useMemo } from 'react'
import { type Range, rangeOf, withRange } from './range.ts'

export function useRange(): Range {
  const params = useSearchParams()
  return useMemo(() => rangeOf(params), [params])
}

/** `push` leaves a way back for the browser's button. */
export function useSetRange(): (range: Range, how?: 'push' | 'replace') => void {
  const params = useSearchParams()
  const path = usePathname()
  return useCallback(
    (range, how = 'push') => {
      const query = withRange(new URLSearchParams(params), range).toString()
      const address = query ? `${path}?${query}` : path
      if (how === 'push') window.history.pushState(null, '', address)
      else window.history.replaceState(null, '', address)
    },
    [params, path],
  )
}
