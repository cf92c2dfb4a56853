'use client'
/** Opens the command palette, which is loaded then and not before: by this button, Ctrl-K, or ? for the shortcuts. */
import { Search } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { Account } from '@/auth/session.ts'
import { Button } from '@/ui/button.tsx'
import { palette as words } from './copy.ts'

const Palette = lazy(() => import('./palette.tsx').then((loaded) => ({ default: loaded.Palette })))
const ShortcutSheet = lazy(() => import('./shortcut-sheet.tsx').then((loaded) => ({ default: loaded.ShortcutSheet })))

const asked = 'bramble-palette'
type Shown = 'palette' | 'shortcuts' | null

/** Stands once in the page: listens for the keys and shows what was asked for. */
export function PaletteHost({ account }: { account: Account }) {
  const [shown, setShown] = useState<Shown>(null)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLElement &&
        event.target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]') !== null
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
        event.preventDefault()
        setShown((now) => (now === 'palette' ? null : 'palette'))
      } else if (event.key === '?' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey)
        setShown('shortcuts')
    }
    const open = () => setShown('palette')
    document.addEventListener('keydown', press)
    window.addEventListener(asked, open)
    return () => {
      document.removeEventListener('keydown', press)
      window.removeEventListener(asked, open)
    }
  }, [])
  const close = () => setShown(null)
  return (
    <Suspense>
      {shown === 'palette' && <Palette account={account} onClose={close} onShortcuts={() => setShown('shortcuts')} />}
      {shown === 'shortcuts' && <ShortcutSheet onClose={close} />}
    </Suspense>
  )
}

/** `wide`: for the sidebar, with its key. */
export function PaletteButton({ wide = false }: { wide?: boolean }) {
  const open = () => window.dispatchEvent(new Event(asked))
  if (!wide)
    return (
      <Button variant="ghost" size="icon-sm" aria-label={words.openHint} onClick={open}>
        <Search aria-hidden />
      </Button>
    )
  return (
    <Button
      size="sm"
      aria-keyshortcuts="Control+K Meta+K"
      className="h-9 justify-start px-3 font-normal text-muted"
      onClick={open}
    >
      <Search aria-hidden />
      {words.open}
      <kbd className="ml-auto rounded-sm border border-border px-1.5 font-sans text-xs">Ctrl K</kbd>
    </Button>
  )
}
