/** What is said of one or many alerts, in plain text; each channel dresses it in its own way. */
import { type AlertLevel, type DeliveryEvent, AlertLevel as Level, spanText } from '@bramble/cluster'
import type { ClaimedDelivery, ToldAlert } from '@bramble/db/alerts'

export interface Item {
  event: Exclude<DeliveryEvent, 'test'>
  alert: ToldAlert
}

export interface Message {
  /** `alert`: something is wrong. `over`: all that it tells of is over. `test`: somebody pressed the button. */
  kind: 'alert' | 'over' | 'test'
  /** The gravest; of what is over, as it was. */
  level: AlertLevel
  /** One line. */
  title: string
  /** Paragraphs. */
  body: string[]
  /** Page of the dashboard; null: its address is not known. */
  link: string | null
  items: Item[]
}

/** More than these in one go become one message. */
const together = 3

/** Messages for what was claimed together. `url`: of the dashboard. */
export function messagesOf(deliveries: readonly ClaimedDelivery[], url: string | null): Message[] {
  const test = deliveries.find(({ event }) => event === 'test')
  if (test) return [testMessage(test.requestedBy, url)]
  const items = deliveries.flatMap(({ event, alert }): Item[] => (alert && event !== 'test' ? [{ event, alert }] : []))
  if (items.length === 0) return []
  return items.length > together ? [digest(items, url)] : items.map((item) => single(item, url))
}

function testMessage(by: string | null, url: string | null): Message {
  const body = [
    `This is a test${by ? `, requested by ${by}` : ''}. Alerts of your cluster look like this: the problem, and what to do about it.`,
  ]
  return { kind: 'test', level: 'info', title: 'Bramble: test message', body, link: linkTo(url, '/alerts'), items: [] }
}

function single(item: Item, url: string | null): Message {
  const { alert, event } = item
  const over = event === 'over'
  const body = over
    ? [
        `It lasted ${lastedOf(alert)}, until ${timeText(alert.overAt ?? alert.since, alert.timezone)}.`,
        `It was: ${alert.words}`,
      ]
    : [alert.words, `What to do: ${alert.cure}`, `Since ${timeText(alert.since, alert.timezone)}.${remark(item)}`]
  return {
    ...{ kind: over ? 'over' : 'alert', level: alert.level, items: [item], body: body.map(plain) },
    title: plain(`${alert.cluster}: ${headline(item)}`),
    link: linkTo(url, `/alerts?cluster=${encodeURIComponent(alert.cluster)}`),
  }
}

function digest(items: Item[], url: string | null): Message {
  const wrong = items.filter(({ event }) => event !== 'over')
  const over = items.filter(({ event }) => event === 'over')
  const level = gravest((wrong.length > 0 ? wrong : over).map(({ alert }) => alert.level))
  const clusters = [...new Set(items.map(({ alert }) => alert.cluster))]
  const counts = Level.options.flatMap((option) => {
    const count = wrong.filter(({ alert }) => alert.level === option).length
    return count > 0 ? [`${count} ${option}`] : []
  })
  const parts = [...counts, ...(over.length > 0 ? [`${over.length} over`] : [])]
  const sorted = items.toSorted((a, b) => rank(a) - rank(b))
  const name = (item: Item) => (clusters.length > 1 ? `${item.alert.cluster}: ${headline(item)}` : headline(item))
  return {
    ...{ kind: wrong.length > 0 ? 'alert' : 'over', level, items: sorted },
    title: plain(`${clusters.join(', ')}: ${items.length} at once (${parts.join(', ')})`),
    body: sorted.map((item) =>
      plain(
        item.event === 'over'
          ? `${name(item)}. It lasted ${lastedOf(item.alert)}.`
          : `${name(item)}. ${item.alert.words} What to do: ${item.alert.cure}`,
      ),
    ),
    link: linkTo(url, clusters.length === 1 ? `/alerts?cluster=${encodeURIComponent(clusters[0]!)}` : '/alerts'),
  }
}

const rank = ({ event, alert }: Item): number => (event === 'over' ? 10 : Level.options.indexOf(alert.level))

function headline({ event, alert }: Item): string {
  const name = [alert.title, [alert.node, alert.rule === 'run-failed' ? '' : alert.subject].filter(Boolean).join(' ')]
  const told = name.filter(Boolean).join(': ')
  return event === 'over' ? `over: ${told}` : event === 'again' ? `again: ${told}` : told
}

function remark({ event, alert }: Item): string {
  if (alert.overAt) return ` It was resolved at ${timeText(alert.overAt, alert.timezone)}.`
  if (event === 'raised') return ' It is more severe now.'
  if (event === 'again') return ` It has occurred ${alert.times} times.`
  return ''
}

const lastedOf = ({ since, overAt }: ToldAlert): string =>
  spanText(((overAt ?? since).getTime() - since.getTime()) / 1000)

const gravest = (levels: readonly AlertLevel[]): AlertLevel =>
  Level.options.find((option) => levels.includes(option)) ?? 'info'

const linkTo = (url: string | null, path: string): string | null => (url === null ? null : new URL(path, url).href)

/** `2026-11-26 03:12 CET`, in the time zone of the cluster. */
export function timeText(at: Date, timezone: string): string {
  const format = (timeZone: string) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at)
  const zone = (timeZone: string) =>
    new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'short' })
      .formatToParts(at)
      .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
  try {
    return `${format(timezone)} ${zone(timezone)}`
  } catch {
    return `${format('Etc/UTC')} UTC`
  }
}

/** One line without control characters: what a node or a person wrote can neither end a line nor hide the next. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim()
}

/** The first `most` bytes of UTF-8, ended by `…` when something is cut off; no character is cut in two. */
export function cut(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text
  const part = Buffer.from(text).subarray(0, most - 3)
  return `${new TextDecoder().decode(part, { stream: true })}…`
}
