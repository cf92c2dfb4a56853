'use client'
import Link from 'next/link'
import { usePathname, useSearchParams } from 'next/navigation'
import type { ReactNode } from 'react'
import type { Account } from '@/auth/access.ts'
import { PaletteButton, PaletteHost } from '@/features/palette/palette-button.tsx'
import { en } from '@/format/en.ts'
import { cn } from '@/ui/cn.ts'
import type { Theme } from '@/ui/theme/theme.ts'
import { ThemeMenu } from '@/ui/theme/theme-menu.tsx'
import { AccountMenu } from './account-menu.tsx'
import { BottomBar } from './bottom-bar.tsx'
import { Mark } from './mark.tsx'
import { type Place, places } from './places.ts'
import { Wall } from './wall.tsx'
import { isWall } from './wall-address.ts'

interface ShellProps {
  account: Account | null
  theme: Theme
  /** Stands beside *Alerts*: how many are open. */
  alertCount?: ReactNode
  children: ReactNode
}

/** The frame of the app: a sidebar on wide screens, a top and a bottom bar on a phone; bare for who is not signed in. */
export function Shell({ account, theme, alertCount, children }: ShellProps) {
  const path = usePathname()
  const wall = isWall(useSearchParams())
  if (!account || path === '/sign-in' || path === '/setup')
    return (
      <main id="content" className="relative grid min-h-dvh">
        <div className="absolute top-4 right-4 z-10">
          <ThemeMenu initial={theme} />
        </div>
        {children}
      </main>
    )
  const badge = (place: Place) => (place.href === '/alerts' ? alertCount : null)
  return (
    <div
      data-wall={wall || undefined}
      className={cn('min-h-dvh', !wall && 'lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]')}
    >
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-foreground px-3 py-2 text-background focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        {en.nav.skip}
      </a>
      <header className="sticky top-0 wall:hidden hidden h-dvh flex-col border-border border-r bg-sunken/60 px-3 py-5 lg:flex">
        <Brand />
        <div className="mt-6 grid">
          <PaletteButton wide />
        </div>
        <nav aria-label={en.nav.label} className="mt-4 grid gap-1">
          {places.map((place) => (
            <SideLink key={place.href} place={place} current={place.here(path)} badge={badge(place)} />
          ))}
        </nav>
        <div className="mt-auto flex items-center gap-1 border-border border-t pt-3">
          <AccountMenu account={account} wide />
          <ThemeMenu initial={theme} />
        </div>
      </header>
      <div className="flex min-w-0 wall:pb-0 flex-col pb-16 lg:pb-0">
        <header className="sticky top-0 z-30 wall:hidden flex h-14 items-center gap-1 border-border border-b bg-background/85 px-4 backdrop-blur lg:hidden">
          <Brand />
          <div className="ml-auto flex items-center gap-1">
            <PaletteButton />
            <ThemeMenu initial={theme} />
            <AccountMenu account={account} />
          </div>
        </header>
        <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          {children}
        </main>
        <BottomBar path={path} badge={badge} />
      </div>
      {wall && <Wall />}
      <PaletteHost account={account} />
    </div>
  )
}

function Brand() {
  return (
    <Link href="/" className="flex w-fit items-center gap-2.5 rounded-md px-2 font-semibold text-lg tracking-tight">
      <Mark className="size-7" />
      Bramble
    </Link>
  )
}

function SideLink({ place, current, badge }: { place: Place; current: boolean; badge: ReactNode }) {
  const { href, label, icon: Icon } = place
  return (
    <Link
      href={href}
      aria-current={current ? 'page' : undefined}
      className={cn(
        'flex h-9 items-center gap-3 rounded-md px-3 font-medium text-sm transition-colors',
        current ? 'bg-primary-subtle text-primary' : 'text-muted hover:bg-border/50 hover:text-foreground',
      )}
    >
      <Icon className="size-4" aria-hidden />
      {label}
      <span className="ml-auto">{badge}</span>
    </Link>
  )
}
