import { expect, it } from 'vitest'
import { serverStatus } from './haproxy.ts'

it.each([
  ['UP', 'up'],
  ['UP 1/2', 'up'],
  ['DOWN', 'down'],
  ['DOWN 1/2', 'down'],
  ['NOLB', 'drain'],
  ['NOLB 1/2', 'drain'],
  ['MAINT', 'maint'],
  ['MAINT (via web/pi-2)', 'maint'],
  ['DRAIN', 'drain'],
  ['DRAIN 1/3', 'drain'],
  ['no check', 'unchecked'],
] as const)('calls %s %s', (words, status) => expect(serverStatus(words)).toBe(status))
