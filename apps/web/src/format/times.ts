/** Moments in the reader's zone. Only in the browser: the server does not know it. */

const styles = {
  /** 03:12 */
  clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  /** 03:12:05 */
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  /** Wednesday, 18:00 */
  weekday: { weekday: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  /** Wednesday, 25 November */
  day: { weekday: 'long', day: 'numeric', month: 'long' },
  /** Wed 25 Nov, 03:12 */
  long: {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
  /** With the zone's name, for tooltips. */
  full: { dateStyle: 'full', timeStyle: 'long' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

const formats = new Map<string, Intl.DateTimeFormat>()

export function moment(at: Date, style: keyof typeof styles): string {
  let format = formats.get(style)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', styles[style])
    formats.set(style, format)
  }
  return format.format(at)
}

/** Europe/Zurich */
export const zoneName = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone
