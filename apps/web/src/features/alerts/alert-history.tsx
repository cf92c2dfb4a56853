/** Alerts that are over, newest first, with how long they lasted. */
import type { AlertView } from '@bramble/db/alerts'
import Link from 'next/link'
import { span } from '@/format/words.ts'
import { Card, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { alerts as words } from './copy.ts'
import { LevelMark } from './level.tsx'
import { subjectOf } from './subject.ts'

export function AlertHistory({ alerts }: { alerts: readonly AlertView[] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.history}</CardTitle>
      </CardHeader>
      {alerts.length === 0 ? (
        <p className="p-5 pt-3 text-muted text-sm">{words.historyEmpty}</p>
      ) : (
        <ol className="mt-4 divide-y divide-border border-border border-t">
          {alerts.map((alert) => (
            <Over key={alert.id} alert={alert} />
          ))}
        </ol>
      )}
    </Card>
  )
}

function Over({ alert }: { alert: AlertView }) {
  const { cluster, node, since, overAt } = alert
  const seconds = (Date.parse(overAt ?? since) - Date.parse(since)) / 1000
  const subject = [node, subjectOf(alert)].filter(Boolean).join(' · ')
  return (
    <li
      id={alert.id}
      className="grid scroll-mt-20 grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-3 gap-y-1 px-5 py-3.5 text-sm target:bg-primary-subtle md:grid-cols-[auto_minmax(0,1fr)_8rem_8rem]"
    >
      <LevelMark level={alert.level} className="mt-0.5 size-4" />
      <div className="grid min-w-0 gap-0.5">
        <p className="wrap-anywhere">
          <span className="font-medium">{alert.title}</span>
          {subject && <span className="text-muted"> · {subject}</span>}{' '}
          <Link href={`/clusters/${cluster}`} className="rounded-sm text-primary underline-offset-4 hover:underline">
            {cluster}
          </Link>
        </p>
        <p className="wrap-anywhere text-muted">{alert.words}</p>
      </div>
      <p className="numeric whitespace-nowrap text-right text-muted">
        <span className="sr-only">{words.lasted} </span>
        {span(seconds)}
      </p>
      <RelativeTime
        at={alert.firedAt}
        className="numeric col-start-2 text-muted md:col-start-4 md:justify-self-end md:whitespace-nowrap"
      />
    </li>
  )
}
