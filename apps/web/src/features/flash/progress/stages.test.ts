import { describe, expect, it } from 'vitest'
import { stagesOf, tally, wholeProgress } from './stages.ts'

const asked = '2026-01-01T10:00:00.000Z'
const later = '2026-01-01T10:05:00.000Z'
type Timed = Parameters<typeof stagesOf>[0]
const record = (change: Partial<Timed>): Timed => ({
  phase: 'waiting',
  progress: null,
  createdAt: asked,
  writtenAt: null,
  bootingAt: null,
  onlineAt: null,
  ...change,
})

describe('stages', () => {
  const states = (change: Partial<Timed>) =>
    stagesOf(record(change))
      .map((stage) => stage.state)
      .join(' ')

  it.each([
    [{}, 'done now next next'],
    [{ phase: 'written', writtenAt: later }, 'done done now next'],
    [{ phase: 'booting', writtenAt: later, bootingAt: later }, 'done done done now'],
    [{ phase: 'online', writtenAt: later, bootingAt: later, onlineAt: later }, 'done done done done'],
    [{ phase: 'online', writtenAt: later, onlineAt: later }, 'done done done done'],
    [{ phase: 'failed' }, 'done broken next next'],
    [{ phase: 'failed', writtenAt: later }, 'done done broken next'],
    [{ phase: 'cancelled' }, 'done broken next next'],
  ] as const)('%j', (change, expected) => expect(states(change)).toBe(expected))
})

it('counts a card as written whatever its Pi does afterwards', () => {
  const cards = [
    record({ phase: 'online', writtenAt: later, onlineAt: later }),
    record({ phase: 'booting', writtenAt: later, bootingAt: later }),
    record({ phase: 'failed' }),
    record({ phase: 'cancelled' }),
    record({ phase: 'verifying' }),
  ]
  expect(tally(cards)).toEqual({ cards: 5, written: 2, online: 1, failed: 1, cancelled: 1, going: 1 })
})

describe('all cards together', () => {
  const at = (phase: Timed['phase'], done: number, rate: number, left: number | null) =>
    record({ phase, progress: { phase, done, total: 100, rate, left } })

  it('counts writing and reading back as two halves', () => {
    expect(wholeProgress([at('writing', 50, 10, 5)])).toEqual({ share: 0.25, rate: 10, left: 15 })
    expect(wholeProgress([at('verifying', 50, 20, 2.5)])).toEqual({ share: 0.75, rate: 20, left: 2.5 })
  })

  it('adds the speeds, waits for the slowest, and does not wait for what failed', () => {
    const both = wholeProgress([at('writing', 50, 10, 5), at('verifying', 100, 30, 0), at('failed', 10, 0, null)])
    expect(both?.rate).toBe(40)
    expect(both?.left).toBe(15)
    expect(both?.share).toBeCloseTo((50 + 200 + 200) / 600)
  })

  it('knows nothing before the first bytes', () => {
    expect(wholeProgress([record({})])).toBeNull()
  })
})
