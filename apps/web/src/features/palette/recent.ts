/** What was last chosen in the palette, kept in this browser. */
import type { Entry } from './entry.ts'

const key = 'bramble-recent'
const kept = 6

/** Ids of entries, newest first. What cannot be read is nothing. */
export function recentIds(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(found) ? found.filter((id) => typeof id === 'string').slice(0, kept) : []
  } catch {
    return []
  }
}

export function remember({ id }: Pick<Entry, 'id'>): void {
  try {
    localStorage.setItem(key, JSON.stringify([id, ...recentIds().filter((other) => other !== id)].slice(0, kept)))
  } catch {
    // A browser that keeps nothing for this page has no recent ones.
  }
}
