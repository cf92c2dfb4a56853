import type { FlashProgress } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { Meter } from './meter.ts'

test('the rate is that of the last seconds, and the time left follows it', () => {
  let now = 0
  const told: FlashProgress[] = []
  const meter = new Meter(
    'writing',
    (progress) => told.push(progress),
    () => now,
  )
  for (; now <= 10; now += 0.5) meter.report({ done: now * 100, total: 4000 })
  expect(told.at(-1)).toMatchObject({ phase: 'writing', rate: 100, left: 30 })
  // The card's cache is full: it goes on at a tenth.
  for (; now <= 20; now += 0.5) meter.report({ done: 1000 + (now - 10) * 10, total: 4000 })
  expect(told.at(-1)?.rate).toBeCloseTo(10)
})

test('nothing is known at the start, many reports are told four times a second, and the end is always told', () => {
  let now = 0
  const told: FlashProgress[] = []
  const meter = new Meter(
    'verifying',
    (progress) => told.push(progress),
    () => now,
  )
  meter.report({ done: 0, total: 1000 })
  expect(told).toEqual([{ phase: 'verifying', done: 0, total: 1000, rate: 0, left: null }])
  for (let done = 1; done < 1000; done++) {
    now += 0.001
    meter.report({ done, total: 1000 })
  }
  expect(told.length).toBeLessThan(6)
  meter.report({ done: 1000, total: 1000 })
  expect(told.at(-1)).toMatchObject({ done: 1000, left: 0 })
})
