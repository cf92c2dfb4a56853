/** Alerts as events of the timeline: a mark from when they fired to when they were over. */
import type { NewTimelineEvent } from '@bramble/cluster'
import { ruleOf, spanText } from '@bramble/cluster'
import type { AlertDecision, AlertRow } from '@bramble/db/alerts'

/** Of what was just saved; infos mark nothing. The same event is recorded again with its end, and stays one. */
export function marks(saved: AlertDecision['save'], now: Date): NewTimelineEvent[] {
  return saved.flatMap(({ row }) => {
    if (row.level === 'info' || row.firedAt === null) return []
    const begun = row.firedAt.getTime() === now.getTime()
    if (row.state === 'open') return begun ? [mark(row, row.firedAt)] : []
    if (row.state !== 'over' || row.overAt === null) return []
    const lasted = spanText((row.overAt.getTime() - row.since.getTime()) / 1000)
    const over: NewTimelineEvent = {
      ...mark(row, row.firedAt),
      at: row.overAt.toISOString(),
      until: null,
      kind: 'alert-over',
      level: 'good',
      words: `Resolved after ${lasted}: ${nameOf(row)}.`,
    }
    return [mark(row, row.firedAt), over]
  })
}

/** Its words are the same at its end, or it would be another event. */
function mark(row: AlertRow, at: Date): NewTimelineEvent {
  return {
    at: at.toISOString(),
    // Over before it fired cannot be: the condition was seen until then.
    until: row.overAt === null ? null : new Date(Math.max(row.overAt.getTime(), at.getTime())).toISOString(),
    kind: 'alert',
    level: row.level === 'critical' ? 'critical' : 'warning',
    node: row.node,
    words: `${nameOf(row)}.`,
    link: `/alerts#${row.id}`,
  }
}

const nameOf = ({ rule, node, subject }: AlertRow): string =>
  [ruleOf(rule).title, [node, rule === 'run-failed' ? '' : subject].filter(Boolean).join(' ')]
    .filter(Boolean)
    .join(': ')
