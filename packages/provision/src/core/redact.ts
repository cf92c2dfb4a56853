/** Keeps secrets out of everything a run tells. */
import type { ClusterSecrets } from './types.ts'
import { Secret } from './types.ts'

/** A function that blanks every known secret in a text; of keys in PEM each line counts. */
export function redactor(secrets: ClusterSecrets): (text: string) => string {
  const words = new Set<string>()
  const visit = (value: unknown): void => {
    if (value instanceof Secret)
      for (const line of value.reveal().split('\n')) {
        if (line.length >= 8 && !line.startsWith('-----')) words.add(line)
      }
    else if (value && typeof value === 'object') Object.values(value).forEach(visit)
  }
  visit(secrets)
  const longestFirst = [...words].sort((a, b) => b.length - a.length)
  return (text) =>
    longestFirst.reduce((done, word) => (done.includes(word) ? done.replaceAll(word, '‹secret›') : done), text)
}
