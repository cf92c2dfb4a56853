/** The places of the dashboard, in the order in which they are asked for. */
import { BellRing, Boxes, MemoryStick, ScrollText, Settings, SquareActivity } from 'lucide-react'
import { en } from '@/format/en.ts'

export interface Place {
  href: string
  label: string
  icon: typeof Boxes
  /** Every address below it, too. */
  here: (path: string) => boolean
}

const below = (href: string, ...others: string[]) => {
  const roots = [href, ...others]
  return (path: string) => roots.some((root) => path === root || path.startsWith(`${root}/`))
}

export const places: Place[] = [
  {
    href: '/',
    label: en.nav.clusters,
    icon: Boxes,
    here: (path) => path === '/' || below('/clusters')(path),
  },
  { href: '/alerts', label: en.nav.alerts, icon: BellRing, here: below('/alerts') },
  { href: '/flash', label: en.nav.flash, icon: MemoryStick, here: below('/flash', '/images') },
  { href: '/runs', label: en.nav.runs, icon: SquareActivity, here: below('/runs') },
  { href: '/audit', label: en.nav.audit, icon: ScrollText, here: below('/audit') },
  { href: '/settings', label: en.nav.settings, icon: Settings, here: below('/settings') },
]

/** As many fit at the lower edge of a phone beside *More*. */
export const handy = 4
