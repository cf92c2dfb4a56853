'use client'
/** The wall view: the page alone, large, on a screen that stays awake. */
import { MonitorUp } from 'lucide-react'
import { usePathname, useSearchParams } from 'next/navigation'
import { Button } from '@/ui/button.tsx'
import { wall as words } from './copy.ts'
import { wallAddress } from './wall-address.ts'

export function WallButton() {
  const path = usePathname()
  const params = useSearchParams()
  const enter = () => {
    window.history.pushState(null, '', wallAddress(path, params, true))
    // Refused where the browser wants it otherwise: the view is large without it too.
    document.documentElement.requestFullscreen?.().catch(() => undefined)
  }
  return (
    <Button size="sm" className="wall:hidden max-sm:hidden" onClick={enter} title={words.hint}>
      <MonitorUp aria-hidden />
      {words.enter}
    </Button>
  )
}
