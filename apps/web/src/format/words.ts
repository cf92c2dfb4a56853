/** How lists, spans and figures are said in English. Pure. */

/** "a", "a and b", "a, b and c". */
export function listed(parts: readonly string[], last: 'and' | 'or' = 'and'): string {
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} ${last} ${parts.at(-1)}` : (parts[0] ?? '')
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Whole seconds up to two minutes, then "5 min", "3 h 20 min", "4 days". */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.round(hours / 24)} days`
}
