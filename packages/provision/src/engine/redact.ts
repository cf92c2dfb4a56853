/** Keeps secrets out of everything a run tells. */
import type { ClusterSecrets } from './types.ts'
import { Secret } from './types.ts'

/** A function that blanks every known secret in a text. */
export function redactor(secrets: ClusterSecrets): (text: string) => string {
  const texts: string[] = []
  const visit = (value: unknown): void => {
    if (value instanceof Secret) texts.push(value.reveal())
    else if (value && typeof value === 'object') Object.values(value).forEach(visit)
  }
  visit(secrets)
  return blanker(texts, 8)
}

/** A function that blanks these texts; of keys in PEM each line counts. Lines shorter than `shortest` are let through. */
export function blanker(texts: readonly string[], shortest: number): (text: string) => string {
  const lines = texts.flatMap((text) => text.split('\n'))
  const words = [...new Set(lines)]
    .filter((line) => line.length >= shortest && !line.startsWith('-----'))
    .sort((a, b) => b.length - a.length)
  return (text) => words.reduce((done, word) => (done.includes(word) ? done.replaceAll(word, '‹secret›') : done), text)
}
