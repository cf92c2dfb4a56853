/** Words that came from a medium: a label, a model, a file. They reach pages and logs, so they are made harmless first. */

/** Without control, direction-changing and unassigned characters, blanks single, at most `max` characters. */
export function cleanText(text: string, max: number): string {
  const clean = text
    .slice(0, max * 4)
    .replace(/\s+/gu, ' ')
    .replace(/[\p{C}\u{2028}\u{2029}]/gu, '')
    .trim()
  return [...clean]
    .slice(0, max)
    .join('')
    .slice(0, max)
    .replace(/[\ud800-\udbff]$/, '')
    .trim()
}

/** `32 GB`, as it is printed on the card. */
export function sizeWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? ''
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
