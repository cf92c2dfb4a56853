/** A message as JSON for programs. docs/alerts.md shows it; fields are only ever added. */
import type { Message } from '../message.ts'

export function payloadOf({ kind, level, title, body, link, items }: Message) {
  return {
    version: 1,
    kind,
    level,
    title,
    text: body.join('\n\n'),
    link,
    alerts: items.map(({ event, alert }) => ({
      event,
      id: alert.id,
      cluster: alert.cluster,
      rule: alert.rule,
      title: alert.title,
      level: alert.level,
      node: alert.node,
      subject: alert.subject,
      words: alert.words,
      cure: alert.cure,
      value: alert.value,
      since: alert.since.toISOString(),
      firedAt: alert.firedAt.toISOString(),
      overAt: alert.overAt?.toISOString() ?? null,
    })),
  }
}
