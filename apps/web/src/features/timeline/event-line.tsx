/** One thing that happened: its sign, a sentence, its length and when. */
import type { TimelineEvent } from '@bramble/cluster'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { span } from '@/format/words.ts'
import { cn } from '@/ui/cn.ts'
import { kindIcons, levelInk } from './look.ts'

interface EventLineProps {
  event: TimelineEvent
  /** The moment, as this list tells it. */
  when: ReactNode
  actions?: ReactNode
}

export function EventLine({ event, when, actions }: EventLineProps) {
  const Icon = kindIcons[event.kind]
  const took = event.until === null ? null : (Date.parse(event.until) - Date.parse(event.at)) / 1000
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-3">
      <span className={cn('mt-px grid size-6 place-items-center rounded-full', levelInk[event.level])} aria-hidden>
        <Icon className="size-3.5" />
      </span>
      <p className="wrap-anywhere min-w-0 text-sm leading-6">
        {event.link ? (
          <Link href={event.link} className="rounded-sm underline-offset-4 hover:underline">
            {event.words}
          </Link>
        ) : (
          event.words
        )}
        {took !== null && took >= 1 && <span className="numeric text-muted"> · {span(took)}</span>}
      </p>
      <span className="numeric flex items-center gap-2 whitespace-nowrap text-muted text-xs leading-6">
        {when}
        {actions}
      </span>
    </div>
  )
}
