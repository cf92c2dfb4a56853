import { expect, test } from 'vitest'
import { addRole, moveRole, removeRole, samePlacement } from './placement.ts'

test('moving a role keeps one of it, and a Pi that has it already is left alone', () => {
  const before = { a: ['etcd', 'web'], b: ['web'] } as const
  expect(moveRole(before, 'a', 'b', 'etcd')).toEqual({ a: ['web'], b: ['etcd', 'web'] })
  expect(moveRole(before, 'a', 'b', 'web')).toBe(before)
  expect(moveRole(before, 'a', 'nowhere', 'etcd')).toBe(before)
  expect(samePlacement(before, removeRole(addRole(before, 'b', 'etcd'), 'b', 'etcd'))).toBe(true)
  expect(samePlacement(before, removeRole(before, 'b', 'web'))).toBe(false)
})
