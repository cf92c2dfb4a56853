import { describe, expect, it } from 'vitest'
import { bytesWords, leftWords, meanRate, rateWords, share } from './figures.ts'

describe('sizes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_000, '1 kB'],
    [512_000_000, '512 MB'],
    [999_600_000, '1 GB'],
    [31_914_983_424, '31.9 GB'],
    [128_000_000_000, '128 GB'],
    [2_000_000_000_000, '2 TB'],
  ])('%d', (bytes, words) => expect(bytesWords(bytes)).toBe(words))
})

describe('speeds', () => {
  it.each([
    [0, ''],
    [Number.POSITIVE_INFINITY, ''],
    [42_700_000, '42.7 MB/s'],
    [250_000, '0.3 MB/s'],
    [312_000_000, '312 MB/s'],
  ])('%d', (rate, words) => expect(rateWords(rate)).toBe(words))

  it('is the mean of a whole phase, and nothing before it took any time', () => {
    expect(meanRate(90e6, 3)).toBe('30.0 MB/s')
    expect(meanRate(90e6, 0)).toBe('')
  })
})

describe('time left', () => {
  it.each([
    [null, ''],
    [0.4, 'almost done'],
    [3.2, '4 s left'],
    [41, '45 s left'],
    [58, 'about 1 min left'],
    [150, 'about 3 min left'],
    [3_590, 'about 1 h 00 min left'],
    [7_322, 'about 2 h 02 min left'],
  ])('%s', (seconds, words) => expect(leftWords(seconds)).toBe(words))
})

it('a share is never outside of the bar, and unknown without a whole', () => {
  expect(share(5, null)).toBeNull()
  expect(share(5, 0)).toBeNull()
  expect(share(5, 10)).toBe(0.5)
  expect(share(12, 10)).toBe(1)
})
