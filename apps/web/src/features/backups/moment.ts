/** Moments in a field of the browser's own time zone, and as other zones write them. */

/** For an `<input type="datetime-local">`. */
export function localField(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19)
}

/** Null: it is empty or no time. The browser reads it in its own zone. */
export function momentOf(field: string): Date | null {
  const at = new Date(field)
  return Number.isNaN(at.getTime()) ? null : at
}

/** `2026-11-27 21:07:14`. */
export function inZone(at: Date, timeZone: string): string {
  const style = { dateStyle: 'short', timeStyle: 'medium' } as const
  return new Intl.DateTimeFormat('sv-SE', { ...style, timeZone }).format(at)
}
