'use client'
import { Boxes, CircleUser, LogOut, MemoryStick, ScrollText, Settings, SquareActivity } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { type ReactNode, useTransition } from 'react'
import { signOut } from '@/app/sign-in/actions.ts'
import { Button } from '@/components/ui/button.tsx'
import { cn } from '@/components/ui/cn.ts'
import {
  Dropdown,
  DropdownContent,
  DropdownItem,
  DropdownLabel,
  DropdownSeparator,
  DropdownTrigger,
} from '@/components/ui/dropdown.tsx'
import { en } from '@/copy/en.ts'
import type { Account } from '@/lib/access.ts'
import type { Theme } from '@/lib/theme.ts'
import { Mark } from './mark.tsx'
import { ThemeMenu } from './theme-menu.tsx'

const places = [
  {
    href: '/',
    label: en.nav.clusters,
    icon: Boxes,
    here: (path: string) => path === '/' || path.startsWith('/clusters'),
  },
  {
    href: '/flash',
    label: en.nav.flash,
    icon: MemoryStick,
    here: (path: string) => path.startsWith('/flash') || path.startsWith('/images'),
  },
  { href: '/runs', label: en.nav.runs, icon: SquareActivity, here: (path: string) => path.startsWith('/runs') },
  { href: '/audit', label: en.nav.audit, icon: ScrollText, here: (path: string) => path.startsWith('/audit') },
  { href: '/settings', label: en.nav.settings, icon: Settings, here: (path: string) => path.startsWith('/settings') },
]

/** The frame of the app: a sidebar on wide screens, a top and a bottom bar on a phone; bare for who is not signed in. */
export function Shell({ account, theme, children }: { account: Account | null; theme: Theme; children: ReactNode }) {
  const path = usePathname()
  if (!account || path === '/sign-in' || path === '/setup')
    return (
      <main id="content" className="relative grid min-h-dvh">
        <div className="absolute top-4 right-4 z-10">
          <ThemeMenu initial={theme} />
        </div>
        {children}
      </main>
    )
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-foreground px-3 py-2 text-background focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        {en.nav.skip}
      </a>
      <div className="sticky top-0 hidden h-dvh flex-col border-border border-r bg-sunken/60 px-3 py-5 lg:flex">
        <Brand />
        <nav aria-label={en.nav.label} className="mt-7 grid gap-1">
          {places.map((place) => (
            <SideLink key={place.href} {...place} current={place.here(path)} />
          ))}
        </nav>
        <div className="mt-auto flex items-center gap-1 border-border border-t pt-3">
          <AccountMenu account={account} wide />
          <ThemeMenu initial={theme} />
        </div>
      </div>
      <div className="flex min-w-0 flex-col pb-16 lg:pb-0">
        <div className="sticky top-0 z-30 flex h-14 items-center gap-1 border-border border-b bg-background/85 px-4 backdrop-blur lg:hidden">
          <Brand />
          <div className="ml-auto flex items-center gap-1">
            <ThemeMenu initial={theme} />
            <AccountMenu account={account} />
          </div>
        </div>
        <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          {children}
        </main>
        <nav
          aria-label={en.nav.label}
          className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-5 border-border border-t bg-background/92 pb-[env(safe-area-inset-bottom)] backdrop-blur lg:hidden"
        >
          {places.map(({ href, label, icon: Icon, here }) => (
            <Link
              key={href}
              href={href}
              aria-current={here(path) ? 'page' : undefined}
              className="grid h-16 content-center justify-items-center gap-1 font-medium text-[0.6875rem] text-muted -outline-offset-2 aria-[current]:text-primary"
            >
              <Icon className="size-5" aria-hidden />
              {label}
            </Link>
          ))}
        </nav>
      </div>
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

function SideLink({ href, label, icon: Icon, current }: (typeof places)[number] & { current: boolean }) {
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
    </Link>
  )
}

function AccountMenu({ account, wide }: { account: Account; wide?: boolean }) {
  const [leaving, start] = useTransition()
  return (
    <Dropdown>
      <DropdownTrigger asChild>
        <Button
          variant="ghost"
          size={wide ? 'md' : 'icon-sm'}
          aria-label={en.nav.account}
          className={cn(wide && 'min-w-0 flex-1 shrink justify-start px-2')}
        >
          <CircleUser aria-hidden />
          {wide ? <span className="truncate">{account.name}</span> : null}
        </Button>
      </DropdownTrigger>
      <DropdownContent align={wide ? 'start' : 'end'}>
        <DropdownLabel className="max-w-60 truncate">
          {account.email} · {en.roles[account.role]}
        </DropdownLabel>
        <DropdownSeparator />
        <DropdownItem disabled={leaving} onSelect={() => start(() => signOut())}>
          <LogOut aria-hidden />
          {en.nav.signOut}
        </DropdownItem>
      </DropdownContent>
    </Dropdown>
  )
}
