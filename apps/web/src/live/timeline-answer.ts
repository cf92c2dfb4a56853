/** Events of /api/clusters/[cluster]/timeline. Times are seconds since 1970. */
import type { TimelineEvent } from '@bramble/cluster'

export async function loadTimeline(cluster: string, from: number, to: number): Promise<TimelineEvent[]> {
  const query = new URLSearchParams({ from: String(Math.floor(from)), to: String(Math.ceil(to)) })
  const response = await fetch(`/api/clusters/${encodeURIComponent(cluster)}/timeline?${query}`)
  const body = await response.json().catch(() => null)
  if (!response.ok) throw new Error(body?.message ?? `HTTP ${response.status}`)
  return body.events
}

/** The newer word about an event replaces the older one; oldest first. The same list when nothing changed. */
export function merged(known: readonly TimelineEvent[], newer: readonly TimelineEvent[]): TimelineEvent[] {
  const events = new Map(known.map((event) => [event.id, event]))
  let changed = false
  for (const event of newer) {
    const before = events.get(event.id)
    if (before?.until === event.until && before.words === event.words) continue
    events.set(event.id, event)
    changed = true
  }
  if (!changed) return known as TimelineEvent[]
  return [...events.values()].sort((a, b) => a.at.localeCompare(b.at))
}
