/** The shapes of what is being loaded, in the frames that will hold it: nothing moves when it comes. */
import type { ReactNode } from 'react'
import { Card, CardContent, CardHeader } from './card.tsx'
import { cn } from './cn.ts'
import { Skeleton } from './skeleton.tsx'

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at)

interface WaitingProps {
  label?: string
  className?: string
  children: ReactNode
}

/** Around all of them: says once that it is loading, to those who hear it. */
export function Waiting({ label = 'Loading', className, children }: WaitingProps) {
  return (
    <div role="status" aria-label={label} className={cn('grid grid-cols-[minmax(0,1fr)] gap-5', className)}>
      {children}
    </div>
  )
}

/** The ranges of the charts. */
export function WaitingRange() {
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Skeleton className="h-10 w-80 max-w-full rounded-lg" />
      <Skeleton className="h-8 w-36" />
    </div>
  )
}

/** Figures of this moment, side by side. */
export function WaitingTiles({ count }: { count: number }) {
  return (
    <div className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-border bg-border shadow-card sm:grid-cols-[repeat(auto-fit,minmax(11rem,1fr))]">
      {upTo(count).map((at) => (
        <div key={at} className="grid h-[5.25rem] content-start gap-2 bg-surface px-4 py-3">
          <Skeleton className="h-3 w-20" />
          <Skeleton className="h-5 w-24" />
        </div>
      ))}
    </div>
  )
}

/** Charts that belong together, below their own heading. */
export function WaitingCharts({ title, text, count }: { title: string; text?: string; count: number }) {
  return (
    <section className="grid gap-3">
      <div>
        <h2 className="font-semibold text-lg leading-tight">{title}</h2>
        {text && <p className="max-w-prose text-muted text-sm">{text}</p>}
      </div>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,28rem),1fr))] gap-4">
        {upTo(count).map((at) => (
          <Card key={at} className="grid content-start gap-2 p-4">
            <Skeleton className="h-6 w-40" />
            <Skeleton className="h-[2lh] w-full max-w-80 text-xs leading-snug" />
            <Skeleton className="h-[11.875rem]" />
            <Skeleton className="h-5 w-56" />
          </Card>
        ))}
      </div>
    </section>
  )
}

/** A card whose head is known and whose rows are awaited. */
export function WaitingRows({ title, text, rows }: { title?: string; text?: string; rows: number }) {
  return (
    <Card>
      {title && (
        <CardHeader>
          <h2 className="col-start-1 font-semibold text-base leading-tight">{title}</h2>
          {text && <p className="col-start-1 text-muted text-sm">{text}</p>}
        </CardHeader>
      )}
      <ul className={cn('divide-y divide-border', title && 'mt-4 border-border border-t')}>
        {upTo(rows).map((at) => (
          <li key={at} className="grid h-16 grid-cols-[minmax(0,1fr)_auto] items-center gap-4 px-5">
            <span className="grid gap-2">
              <Skeleton className="h-4 w-48 max-w-full" />
              <Skeleton className="h-3 w-72 max-w-full" />
            </span>
            <Skeleton className="h-5 w-20" />
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** A card whose head is known and whose form is awaited: so many fields, two beside each other. */
export function WaitingForm({ title, text, fields }: { title: string; text?: string; fields: number }) {
  return (
    <Card>
      <CardHeader>
        <h2 className="col-start-1 font-semibold text-base leading-tight">{title}</h2>
        {text && <p className="col-start-1 text-muted text-sm">{text}</p>}
      </CardHeader>
      <CardContent className="grid gap-4 sm:grid-cols-2">
        {upTo(fields).map((at) => (
          <span key={at} className="grid gap-2">
            <Skeleton className="h-3.5 w-24" />
            <Skeleton className="h-10" />
          </span>
        ))}
        <Skeleton className="h-10 w-32 sm:col-span-2" />
      </CardContent>
    </Card>
  )
}

/** Cards of one size, as many beside each other as fit; `least`: how wide one is at least, in rem. */
export function WaitingCards({ count, least, className }: { count: number; least: number; className: string }) {
  return (
    <div
      className="grid gap-4"
      style={{ gridTemplateColumns: `repeat(auto-fill, minmax(min(100%, ${least}rem), 1fr))` }}
    >
      {upTo(count).map((at) => (
        <Skeleton key={at} className={cn('rounded-lg', className)} />
      ))}
    </div>
  )
}
