'use client'
/** The open alerts, kept up to date. What else the page shows is asked for again when one comes or goes. */
import type { AlertView } from '@bramble/db/alerts'
import { CircleCheckBig } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { openStream, type StreamState } from '@/live/stream.ts'
import { Alert } from '@/ui/alert.tsx'
import { Empty } from '@/ui/page.tsx'
import { AlertRow } from './alert-row.tsx'
import { alerts as words } from './copy.ts'
import { openCount } from './open-count.ts'

interface OpenAlertsProps {
  initial: AlertView[]
  /** Null: of every cluster. */
  cluster: string | null
  operator: boolean
  /** Below *All is well*. */
  children: ReactNode
}

export function OpenAlerts({ initial, cluster, operator, children }: OpenAlertsProps) {
  const router = useRouter()
  const [told, setTold] = useState<AlertView[] | null>(null)
  const [state, setState] = useState<StreamState>('live')
  const shown = useRef(signs(initial))
  useEffect(
    () =>
      openStream({
        address: () => '/api/alerts/events',
        onState: setState,
        on: {
          alerts: (data) => {
            const all = JSON.parse(data) as AlertView[]
            setTold(all)
            openCount.tell(all)
            const now = signs(all)
            if (shown.current !== now) router.refresh()
            shown.current = now
          },
        },
      }),
    [router],
  )
  const open = (told ?? initial).filter((alert) => cluster === null || alert.cluster === cluster)
  const named = cluster === null && new Set(open.map((alert) => alert.cluster)).size > 1
  return (
    <section aria-label={words.openTitle} className="grid gap-3">
      <p className="sr-only" role="status">
        {words.open(open.length)}
      </p>
      {state === 'lost' && <Alert tone="warn" title={words.lost} />}
      {open.length === 0 ? (
        <Empty title={words.quiet} art={<CircleCheckBig className="size-10 text-ok" aria-hidden />}>
          {children}
        </Empty>
      ) : (
        <ul className="grid list-none gap-3">
          {open.map((alert) => (
            <AlertRow key={alert.id} alert={alert} named={named || cluster === null} operator={operator} />
          ))}
        </ul>
      )}
    </section>
  )
}

/** Which alerts there are, and how they are silenced. */
const signs = (list: readonly AlertView[]): string => list.map(({ id, silence }) => `${id}${silence?.id ?? ''}`).join()
