/** A moment as a field for local time writes it: `2026-11-26T14:05`, in the reader's own zone. */
export function localText(seconds: number): string {
  const date = new Date(seconds * 1000)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
