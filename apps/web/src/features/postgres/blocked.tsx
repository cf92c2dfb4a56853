/** Sessions that wait for another one's lock. */
import type { PostgresState } from '@bramble/cluster'
import { figure } from '@/format/figure.ts'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { postgres } from './copy.ts'
import { QueryText } from './query-text.tsx'

const words = postgres.lists

export function Blocked({ blocked, className }: { blocked: PostgresState['blocked']; className?: string }) {
  return (
    <Card className={cn('grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-3 p-4', className)}>
      <h3 className="font-semibold text-sm">{words.blocked}</h3>
      {blocked.length === 0 ? (
        <p className="text-muted text-sm">{words.nobody}</p>
      ) : (
        <ul className="grid list-none divide-y divide-border">
          {blocked.map((one) => (
            <li
              key={one.pid}
              className="grid gap-x-6 gap-y-1.5 py-2.5 first:pt-0 last:pb-0 lg:grid-cols-[minmax(0,1fr)_28rem] lg:items-start"
            >
              <QueryText query={one.query} />
              <p className="numeric flex flex-wrap gap-x-4 text-sm">
                <span>
                  <span className="text-muted">{words.columns.pid}</span> {one.pid}
                </span>
                <span>
                  <span className="text-muted">{words.columns.by}</span> {one.by.join(', ')}
                </span>
                <span className={cn(one.seconds > 10 && 'font-medium text-warn')}>
                  <span className="font-normal text-muted">{words.columns.waits}</span> {figure(one.seconds, 'seconds')}
                </span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
