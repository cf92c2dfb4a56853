/** The apps that the web nodes serve, below them in the path of a request. */
import { AppWindow } from 'lucide-react'
import Link from 'next/link'
import { cn } from '@/ui/cn.ts'
import { path } from './copy.ts'
import type { AppPost } from './traffic.ts'

/** More are a link to their page. */
const shown = 6

export function AppPosts({ cluster, apps }: { cluster: string; apps: readonly AppPost[] }) {
  if (apps.length === 0) return null
  return (
    <ul aria-label={path.apps} className="flex list-none flex-wrap justify-center gap-1.5 px-1">
      {apps.slice(0, shown).map(({ name, state, note }) => (
        <li key={name}>
          <Link
            href={`/clusters/${cluster}/apps/${name}`}
            className={cn(
              'flex items-center gap-1.5 rounded-md border px-2 py-0.5 text-xs hover:underline',
              state === 'broken' ? 'border-bad/60 border-dashed bg-bad-subtle text-bad' : 'border-border bg-surface',
              state === 'off' && 'text-muted',
            )}
          >
            <AppWindow className="size-3.5 shrink-0" aria-hidden />
            <span className="font-medium">{name}</span>
            <span className={cn('numeric', state !== 'broken' && 'text-muted')}>{note}</span>
          </Link>
        </li>
      ))}
      {apps.length > shown && (
        <li>
          <Link className="px-2 py-0.5 text-xs underline-offset-4 hover:underline" href={`/clusters/${cluster}/apps`}>
            {path.moreApps(apps.length - shown)}
          </Link>
        </li>
      )}
    </ul>
  )
}
