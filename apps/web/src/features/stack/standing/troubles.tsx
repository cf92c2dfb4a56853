/** What is wrong right now, worst first, each with its cure. */
import { CircleX, Info, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { troubles as words } from '@/features/stack/copy.ts'
import { cn } from '@/ui/cn.ts'

export interface TroubleLine {
  rule: string
  level: 'critical' | 'warning' | 'info'
  node: string | null
  subject: string
  words: string
  cure: string
}

const looks = {
  critical: { icon: CircleX, ink: 'text-bad' },
  warning: { icon: TriangleAlert, ink: 'text-warn' },
  info: { icon: Info, ink: 'text-info' },
} as const

export function Troubles({ cluster, troubles }: { cluster: string; troubles: readonly TroubleLine[] }) {
  if (troubles.length === 0) return null
  return (
    <section aria-label={words.title} className="rounded-lg border border-border bg-surface shadow-card">
      <ul className="grid list-none divide-y divide-border">
        {troubles.map(({ rule, level, node, subject, words: text, cure }) => {
          const { icon: Icon, ink } = looks[level]
          return (
            <li
              key={`${rule} ${node} ${subject}`}
              className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-3 px-4 py-3 sm:px-6"
            >
              <Icon className={cn('mt-0.5 size-4.5 shrink-0', ink)} aria-label={words.levels[level]} role="img" />
              <p className="min-w-0 text-sm">
                <span className="font-medium">{text}</span> <span className="text-muted">{cure}</span>
              </p>
              {node && (
                <Link
                  href={`/clusters/${cluster}/nodes/${node}`}
                  className="whitespace-nowrap rounded-sm font-medium text-primary text-sm underline-offset-4 hover:underline"
                >
                  {node}
                </Link>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
