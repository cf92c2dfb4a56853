/** How long what happened lasted: an outage ends with the event that takes it back. Pure. */
import type { TimelineEvent, TimelineKind } from '@bramble/cluster'

const ends: Partial<Record<TimelineKind, { by: TimelineKind[]; sameNode?: boolean; sameLink?: boolean }>> = {
  'primary-lost': { by: ['primary-changed', 'primary-back'] },
  'vip-lost': { by: ['vip-moved'] },
  'quorum-lost': { by: ['quorum-back'] },
  'node-away': { by: ['node-back', 'node-rebooted'], sameNode: true },
  'server-down': { by: ['server-up'], sameNode: true },
  // Of an app: its page is its name.
  'app-down': { by: ['app-back'], sameLink: true },
}

/** True: it goes on until something takes it back. */
export const lasts = (kind: TimelineKind): boolean => ends[kind] !== undefined

/** The same events, oldest first, each that lasted with its end; one that still goes on has none. */
export function withEnds(events: readonly TimelineEvent[]): TimelineEvent[] {
  return events.map((event, at) => {
    const end = ends[event.kind]
    if (!end || event.until !== null) return event
    const over = events
      .slice(at + 1)
      .find(
        (later) =>
          end.by.includes(later.kind) &&
          (!end.sameNode || later.node === event.node) &&
          (!end.sameLink || later.link === event.link),
      )
    return over ? { ...event, until: over.at } : event
  })
}

/** It began and nothing has ended it. Alerts and runs say so themselves. */
export const goesOn = (event: TimelineEvent): boolean =>
  event.until === null &&
  (lasts(event.kind) || event.kind === 'run' || event.kind === 'deploy' || event.kind === 'alert')
