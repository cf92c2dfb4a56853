import { randomInt } from 'node:crypto'

/** VRRP carries 8 characters and no more. */
export const vrrpLength = 8

/** Letters and digits: safe in every config file, URL and connection string. */
export function newPassword(length = 32): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
}
