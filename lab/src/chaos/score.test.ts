import { expect, test } from 'vitest'
import { diceOf } from './dice.ts'
import { chaosFaults, type Move, score } from './score.ts'

function moves(seed: number, count: number): Move[] {
  const player = score(seed)
  return Array.from({ length: count }, () => player.next().value)
}

test('the same seed plays the same moves, another seed others', () => {
  expect(moves(7, 50)).toEqual(moves(7, 50))
  expect(moves(7, 50)).not.toEqual(moves(8, 50))
})

test('every fault has its turn, and every hold and rest is bounded', () => {
  const played = moves(1, 2_000)
  expect([...new Set(played.map(({ fault }) => fault))].sort()).toEqual([...chaosFaults].sort())
  for (const { hold, rest, pick } of played) {
    expect(hold).toBeGreaterThanOrEqual(5)
    expect(hold).toBeLessThanOrEqual(35)
    expect(rest).toBeLessThanOrEqual(20)
    expect(pick).toBeLessThan(1)
  }
})

test('dice are even and take the weights', () => {
  const dice = diceOf(42)
  const rolls = Array.from({ length: 6_000 }, () => dice.between(1, 6))
  for (const side of [1, 2, 3, 4, 5, 6]) expect(rolls.filter((roll) => roll === side).length).toBeGreaterThan(850)
  const chosen = Array.from({ length: 4_000 }, () =>
    dice.one([
      { weight: 3, value: 'a' },
      { weight: 1, value: 'b' },
    ]),
  )
  expect(chosen.filter((value) => value === 'a').length / 4_000).toBeCloseTo(0.75, 1)
})
