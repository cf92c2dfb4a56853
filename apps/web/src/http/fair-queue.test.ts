import { expect, test } from 'vitest'
import { FairQueue } from './fair-queue.ts'

const rules = { atOnce: 2, waiting: 6, waitingEach: 4 }

test('so many at a time, and a sender with much to do holds up another by one turn only', () => {
  const queue = new FairQueue(rules)
  const started: string[] = []
  const open: (() => void)[] = []
  const enter = (sender: string, name: string) =>
    queue.enter(sender, (leave) => {
      started.push(name)
      open.push(leave)
    })
  for (const name of ['a1', 'a2', 'a3', 'a4']) expect(enter('a', name)).toBe(true)
  expect(enter('b', 'b1')).toBe(true)
  expect(started).toEqual(['a1', 'a2'])
  const end = () => open.shift()?.()
  end()
  end()
  expect(started).toEqual(['a1', 'a2', 'b1', 'a3'])
  end()
  end()
  end()
  expect(started).toEqual(['a1', 'a2', 'b1', 'a3', 'a4'])
})

test('what ends twice frees one place, and what ends at once lets all others pass', () => {
  const queue = new FairQueue(rules)
  const leaves: (() => void)[] = []
  let started = 0
  for (let i = 0; i < 2; i++) queue.enter('a', (leave) => void leaves.push(leave))
  for (let i = 0; i < 4; i++) queue.enter('a', () => void started++)
  leaves[0]?.()
  leaves[0]?.()
  expect(started).toBe(1)
  const other = new FairQueue({ ...rules, atOnce: 1 })
  const order: number[] = []
  for (let i = 0; i < 5; i++)
    other.enter('a', (leave) => {
      order.push(i)
      leave()
    })
  expect(order).toEqual([0, 1, 2, 3, 4])
})

test('the queue is bounded, for a sender and for all', () => {
  const queue = new FairQueue(rules)
  const enter = (sender: string) => queue.enter(sender, () => undefined)
  expect([enter('a'), enter('a')]).toEqual([true, true])
  expect([1, 2, 3, 4, 5].map(() => enter('a'))).toEqual([true, true, true, true, false])
  expect([...'bcdef'].map(enter)).toEqual([true, true, true, true, true])
  expect([...'abcg'].map(enter)).toEqual([false, false, false, false])
})

test('a full queue takes somebody new: whoever has most in it loses its newest', () => {
  const queue = new FairQueue({ atOnce: 1, waiting: 6, waitingEach: 4 })
  const leaves: (() => void)[] = []
  const told: string[] = []
  const enter = (name: string) =>
    queue.enter(
      name[0]!,
      (leave) => {
        told.push(name)
        leaves.push(leave)
      },
      () => told.push(`${name} refused`),
    )
  for (const name of ['a0', 'a1', 'a2', 'a3', 'a4', 'b1', 'b2']) expect(enter(name)).toBe(true)
  expect(enter('c1')).toBe(true)
  expect(enter('c2')).toBe(true)
  // Now all have as many.
  expect([enter('a5'), enter('b3'), enter('c3')]).toEqual([false, false, false])
  expect(enter('d1')).toBe(true)
  for (let i = 0; i < 10; i++) leaves.shift()?.()
  expect(told.filter((name) => name.endsWith('refused'))).toEqual(['a4 refused', 'a3 refused', 'a2 refused'])
  expect(told.filter((name) => !name.endsWith('refused')).toSorted()).toEqual([
    'a0',
    'a1',
    'b1',
    'b2',
    'c1',
    'c2',
    'd1',
  ])
})

test('who comes anew is next, before all who had a turn already', () => {
  const queue = new FairQueue({ atOnce: 1, waiting: 100, waitingEach: 10 })
  const started: string[] = []
  const leaves: (() => void)[] = []
  const enter = (sender: string) =>
    queue.enter(sender, (leave) => {
      started.push(sender)
      leaves.push(leave)
    })
  for (let round = 0; round < 3; round++) for (const sender of 'abcdefgh') enter(sender)
  for (let i = 0; i < 9; i++) leaves.shift()?.()
  expect(started.join('')).toBe('abcdefghab')
  enter('new')
  leaves.shift()?.()
  expect(started.at(-1)).toBe('new')
  enter('new')
  for (let i = 0; i < 7; i++) leaves.shift()?.()
  expect(started.slice(11).join('')).toBe('cdefgha')
})
