/** An event before it has its time: what is told of one look. `link`: a page of the dashboard. */
import type { TimelineEvent, TimelineKind } from '@bramble/cluster'

export type Told = [
  kind: TimelineKind,
  level: TimelineEvent['level'],
  node: string | null,
  words: string,
  link?: string,
]
