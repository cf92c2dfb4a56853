/** API tokens that were good lately: their programs are no strangers. Only for limits; whether one still holds the database says. */
import { createHash } from 'node:crypto'
import { BoundedMap } from './rate-limit.ts'

// Next loads this module more than once in a process; what it remembers is still one.
const shared = globalThis as { brambleTokens?: BoundedMap<true> | undefined }
const known = () => {
  shared.brambleTokens ??= new BoundedMap(1_000)
  return shared.brambleTokens
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

export function rememberToken(token: string, isGood: boolean): void {
  if (isGood) known().set(hashOf(token), true)
  else known().delete(hashOf(token))
}

export const wasGood = (token: string): boolean => known().get(hashOf(token)) === true
