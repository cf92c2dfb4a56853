import { expect, it } from 'vitest'
import { sparkPath } from './spark-path.ts'

const size = { width: 100, height: 12, top: 10 }

it('a gap lifts the pen', () => {
  const { line, area } = sparkPath([0, 10, null, 5, null], size)
  expect(line).toBe('M0 11L25 1M75 6h0.01')
  expect(area).toBe('M0 11L25 1L25 12L0 12ZM75 6L75 12L75 12Z')
})

it('nothing measured draws nothing', () => {
  expect(sparkPath([null, null], size)).toEqual({ line: '', area: '' })
})
