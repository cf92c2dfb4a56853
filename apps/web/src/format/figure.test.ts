import { describe, expect, it } from 'vitest'
import { axisFigure, figure } from './figure.ts'

/** The thin space between figure and unit, as a plain one. */
const plain = (text: string) => text.replaceAll('\u202f', ' ')

describe('a measure in words', () => {
  it.each([
    [0, 'bytes', '0 B'],
    [1023, 'bytes', '1023 B'],
    [1023.9 * 1024, 'bytes', '1 MiB'],
    [1.5 * 1024 ** 3, 'bytes', '1.5 GiB'],
    [11.7 * 1024, 'bytes-per-second', '11.7 KiB/s'],
    [0.0421, 'fraction', '4.2%'],
    [0.98765, 'fraction', '98.8%'],
    [1, 'fraction', '100%'],
    [0, 'per-second', '0 /s'],
    [240.4, 'per-second', '240 /s'],
    [1 / 900, 'per-second', '4 /h'],
    [1 / 60, 'per-second', '1 /min'],
    [12_345, 'per-second', '12.3 k/s'],
    [0.0031, 'seconds', '3.1 ms'],
    [0.00002, 'seconds', '20 µs'],
    [4.25, 'seconds', '4.25 s'],
    [600, 'seconds', '10 min'],
    [36_000, 'seconds', '10 h'],
    [864_000, 'seconds', '10 d'],
    [-0.002, 'seconds', '−2 ms'],
    [1500, 'milliseconds', '1.5 s'],
    [52.34, 'celsius', '52.3 °C'],
    [0, 'celsius', '0 °C'],
    [1.5e9, 'hertz', '1.5 GHz'],
    [6e8, 'hertz', '600 MHz'],
    [9990, 'count', '9990'],
    [640_123, 'count', '640 k'],
    [1, 'flag', 'yes'],
    [0, 'flag', 'no'],
    [0.25, 'flag', '25% of the time'],
  ] as const)('%s %s is %s', (value, unit, words) => {
    expect(plain(figure(value, unit))).toBe(words)
  })

  it('has one unit from the top of an axis to its bottom', () => {
    const label = axisFigure(2 * 1024 ** 2, 'bytes')
    expect([0, 0.5, 1, 2].map((mebi) => plain(label(mebi * 1024 ** 2)))).toEqual(['0', '0.5 MiB', '1 MiB', '2 MiB'])
    expect(plain(axisFigure(0.04, 'fraction')(0.01))).toBe('1%')
  })
})
