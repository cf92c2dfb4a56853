import { type RuleName, ruleNames, ruleOf } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { readFigure, scaleOf, shownFigure } from './rule-figures.ts'

const shown = (name: RuleName, key: string) => {
  const threshold = ruleOf(name).thresholds[key]!
  const scale = scaleOf(threshold)
  return `${shownFigure(threshold.value, scale)} ${scale.unit}`
}

test('figures as people write them', () => {
  expect(shown('disk-full', 'warning')).toBe('85 %')
  expect(shown('replica-lag', 'bytes')).toBe('16 MB')
  expect(shown('certificate-ending', 'warning')).toBe('20 %')
  expect(shown('long-transaction', 'seconds')).toBe('900 s')
  expect(shown('temperature', 'critical')).toBe('85 °C')
})

test('what is shown reads back as it was, for every threshold', () => {
  for (const name of ruleNames)
    for (const threshold of Object.values(ruleOf(name).thresholds)) {
      const scale = scaleOf(threshold)
      for (const value of [threshold.value, threshold.least, threshold.most])
        expect(readFigure(shownFigure(value, scale), scale)).toBe(value)
    }
})

test('a comma is a point, and nonsense is none', () => {
  const percent = { unit: '%', factor: 0.01 }
  expect(readFigure(' 62,5 ', percent)).toBe(0.625)
  for (const text of ['', 'x', '1e3', '--1', '1.', 'Infinity', '0x10']) expect(readFigure(text, percent)).toBeNull()
})
