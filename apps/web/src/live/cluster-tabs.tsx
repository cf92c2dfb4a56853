'use client'
/** The tabs of a cluster. The range of the charts goes along from tab to tab. */
import { Activity, AppWindow, Archive, ArrowLeftRight, Columns3, Database, Layers, Server, Siren } from 'lucide-react'
import Link from 'next/link'
import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { watch } from './copy.ts'
import { rangeOf, withRange } from './range.ts'

const tabs = [
  { path: '', label: watch.tabs.stack, icon: Layers },
  { path: '/apps', label: watch.tabs.apps, icon: AppWindow },
  { path: '/postgres', label: watch.tabs.postgres, icon: Database },
  { path: '/haproxy', label: watch.tabs.haproxy, icon: ArrowLeftRight },
  { path: '/nodes', label: watch.tabs.nodes, icon: Server },
  { path: '/compare', label: watch.tabs.compare, icon: Columns3 },
  { path: '/drills', label: watch.tabs.drills, icon: Siren },
  { path: '/backups', label: watch.tabs.backups, icon: Archive },
  { path: '/timeline', label: watch.tabs.timeline, icon: Activity },
]

export function ClusterTabs({ cluster }: { cluster: string }) {
  const path = usePathname()
  const params = useSearchParams()
  const kept = withRange(new URLSearchParams(), rangeOf(params)).toString()
  const base = `/clusters/${cluster}`
  const current = useRef<HTMLAnchorElement>(null)
  // On a phone the row is wider than the screen.
  useEffect(() => {
    // Newer browsers answer with a promise, which is no clean-up.
    void current.current?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [])
  return (
    <nav
      aria-label={watch.tabs.label}
      className="-mx-4 wall:hidden overflow-x-auto border-border border-b px-4 sm:-mx-8 sm:px-8"
    >
      <ul className="flex list-none gap-1">
        {tabs.map(({ path: tab, label, icon: Icon }) => {
          const here = tab === '' ? path === base : path === base + tab || path.startsWith(`${base + tab}/`)
          return (
            <li key={tab}>
              <Link
                ref={here ? current : undefined}
                href={`${base}${tab}${kept && `?${kept}`}`}
                aria-current={here ? 'page' : undefined}
                className="-mb-px flex h-10 items-center gap-2 whitespace-nowrap border-transparent border-b-2 px-3 font-medium text-muted text-sm -outline-offset-2 transition-colors hover:text-foreground aria-[current]:border-primary aria-[current]:text-foreground [&_svg]:size-4"
              >
                <Icon aria-hidden />
                {label}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
