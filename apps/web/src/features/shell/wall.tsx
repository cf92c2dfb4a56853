'use client'
/** What makes the wall view: a screen that stays awake, and the ways out of it. */
import { X } from 'lucide-react'
import { usePathname, useSearchParams } from 'next/navigation'
import { useCallback, useEffect } from 'react'
import { Button } from '@/ui/button.tsx'
import { wall as words } from './copy.ts'
import { wallAddress } from './wall-address.ts'

/** Escape, the button, and the end of full screen lead back. */
export function Wall() {
  const path = usePathname()
  const params = useSearchParams()
  const leave = useCallback(() => {
    window.history.replaceState(null, '', wallAddress(path, params, false))
    if (document.fullscreenElement) document.exitFullscreen().catch(() => undefined)
  }, [path, params])
  useEffect(() => {
    const full = () => {
      if (!document.fullscreenElement) leave()
    }
    const key = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) leave()
    }
    document.addEventListener('fullscreenchange', full)
    document.addEventListener('keydown', key)
    return () => {
      document.removeEventListener('fullscreenchange', full)
      document.removeEventListener('keydown', key)
    }
  }, [leave])
  useAwake()
  return (
    <Button
      size="icon-sm"
      variant="ghost"
      aria-label={words.leave}
      title={words.leave}
      onClick={leave}
      className="fixed top-2 right-2 z-40 opacity-60 hover:opacity-100 focus-visible:opacity-100"
    >
      <X aria-hidden />
    </Button>
  )
}

/** Keeps the screen on while the page is seen, where the browser allows it (https, or this machine). */
function useAwake(): void {
  useEffect(() => {
    let held: WakeLockSentinel | null = null
    let over = false
    const hold = async () => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return
      const lock = await navigator.wakeLock.request('screen').catch(() => null)
      if (over) void lock?.release()
      else held = lock
    }
    void hold()
    // The browser lets go of it when the tab is hidden.
    document.addEventListener('visibilitychange', hold)
    return () => {
      over = true
      document.removeEventListener('visibilitychange', hold)
      void held?.release()
    }
  }, [])
}
