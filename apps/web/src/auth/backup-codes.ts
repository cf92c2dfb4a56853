import { randomInt } from 'node:crypto'

/** Without those that look alike. */
const letters = '23456789abcdefghjkmnpqrstuvwxyz'

/** Ten codes of ten signs, 49 bits each: `abcde-fghij`. */
export function backupCodes(): string[] {
  const half = () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')
  return Array.from({ length: 10 }, () => `${half()}-${half()}`)
}
