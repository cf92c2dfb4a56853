'use client'
/** The places at the thumb of a phone: four of them, the others behind *More*. */
import { Ellipsis } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import type { ReactNode } from 'react'
import { en } from '@/format/en.ts'
import { Dropdown, DropdownContent, DropdownItem, DropdownTrigger } from '@/ui/dropdown.tsx'
import { handy, type Place, places } from './places.ts'

const slot =
  'relative grid h-16 content-center justify-items-center gap-1 font-medium text-[0.6875rem] text-muted -outline-offset-2 aria-[current]:text-primary'

interface BottomBarProps {
  path: string
  /** What a place has to say beside its name, e.g. a count. */
  badge: (place: Place) => ReactNode
}

export function BottomBar({ path, badge }: BottomBarProps) {
  const router = useRouter()
  const rest = places.slice(handy)
  return (
    <nav
      aria-label={en.nav.label}
      className="fixed inset-x-0 bottom-0 z-30 wall:hidden grid grid-cols-5 border-border border-t bg-background/92 pb-[env(safe-area-inset-bottom)] backdrop-blur lg:hidden"
    >
      {places.slice(0, handy).map((place) => (
        <Link key={place.href} href={place.href} aria-current={place.here(path) ? 'page' : undefined} className={slot}>
          <span className="relative">
            <place.icon className="size-5" aria-hidden />
            <span className="-top-1.5 -right-3 absolute">{badge(place)}</span>
          </span>
          {place.label}
        </Link>
      ))}
      <Dropdown>
        <DropdownTrigger asChild>
          <button
            type="button"
            className={slot}
            aria-current={rest.some((place) => place.here(path)) ? 'true' : undefined}
          >
            <Ellipsis className="size-5" aria-hidden />
            {en.nav.more}
          </button>
        </DropdownTrigger>
        <DropdownContent align="end" side="top">
          {rest.map(({ href, label, icon: Icon }) => (
            <DropdownItem key={href} onSelect={() => router.push(href)}>
              <Icon aria-hidden />
              {label}
            </DropdownItem>
          ))}
        </DropdownContent>
      </Dropdown>
    </nav>
  )
}
