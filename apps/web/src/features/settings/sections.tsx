'use client'
import { BellRing, CircleUser, History, KeyRound, UsersRound } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { Role } from '@/auth/access.ts'
import { roleNames } from '@/auth/roles.ts'
import { settings } from './copy.ts'

const sections: { name: keyof typeof settings.sections; icon: typeof CircleUser; role: Role }[] = [
  { name: 'account', icon: CircleUser, role: 'viewer' },
  { name: 'people', icon: UsersRound, role: 'admin' },
  { name: 'tokens', icon: KeyRound, role: 'viewer' },
  { name: 'notifications', icon: BellRing, role: 'operator' },
  { name: 'retention', icon: History, role: 'admin' },
]

/** A column beside the content on wide screens, a row above it on a phone. */
export function Sections({ role }: { role: Role }) {
  const path = usePathname()
  const offered = sections.filter((section) => roleNames.indexOf(role) >= roleNames.indexOf(section.role))
  return (
    <nav
      aria-label={settings.navigation}
      className="-mx-4 flex gap-1 overflow-x-auto px-4 py-1 sm:-mx-8 sm:px-8 md:sticky md:top-8 md:mx-0 md:grid md:overflow-visible md:p-0"
    >
      {offered.map(({ name, icon: Icon }) => {
        const href = `/settings/${name}`
        return (
          <Link
            key={name}
            href={href}
            aria-current={path.startsWith(href) ? 'page' : undefined}
            className="flex h-9 shrink-0 items-center gap-2.5 rounded-md px-2.5 md:px-3 font-medium text-muted text-sm transition-colors hover:bg-sunken hover:text-foreground aria-[current]:bg-sunken aria-[current]:text-foreground"
          >
            <Icon className="size-4 max-md:hidden" aria-hidden />
            {settings.sections[name]}
          </Link>
        )
      })}
    </nav>
  )
}
