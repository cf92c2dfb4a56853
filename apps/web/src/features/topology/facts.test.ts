import { expect, test } from 'vitest'
import { boardFacts, memoryWords } from './facts.ts'

test('memory is named as it is sold', () => {
  const mib = 2 ** 20
  expect([426, 906, 1024, 1849, 3795, 7809, 24_000].map((size) => memoryWords(size * mib))).toEqual([
    '512 MB',
    '1 GB',
    '1 GB',
    '2 GB',
    '4 GB',
    '8 GB',
    '23.4 GB',
  ])
})

test('facts of a Pi, of the lab, and none', () => {
  expect(boardFacts({ model: 'Raspberry Pi 4 Model B Rev 1.4', memory: 3.7 * 2 ** 30, codename: 'trixie' })).toEqual({
    model: 'Raspberry Pi 4 Model B',
    memory: '4 GB RAM',
    system: 'Debian trixie',
  })
  expect(boardFacts({ model: null, container: true }).model).toBe('Virtual Pi')
  expect(boardFacts(null)).toEqual({ model: null, memory: null, system: null })
})
