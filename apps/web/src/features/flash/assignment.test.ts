import { describe, expect, it } from 'vitest'
import { assign, assignInOrder, keyOf, nodeOf, prune, unassign } from './assignment.ts'

describe('choosing cards', () => {
  it('gives each node one card and each card one node', () => {
    const one = assign({}, 'pi-1', 'a')
    expect(assign(one, 'pi-2', 'a')).toEqual({ 'pi-2': 'a' })
    expect(assign(one, 'pi-1', 'b')).toEqual({ 'pi-1': 'b' })
    expect(assign(one, 'pi-1', 'a')).toBe(one)
  })

  it('changes the places of two cards when one is put onto the other', () => {
    expect(assign({ 'pi-1': 'a', 'pi-2': 'b' }, 'pi-2', 'a')).toEqual({ 'pi-1': 'b', 'pi-2': 'a' })
  })

  it('takes a card away', () => {
    expect(unassign({ 'pi-1': 'a', 'pi-2': 'b' }, 'a')).toEqual({ 'pi-2': 'b' })
    expect(nodeOf({ 'pi-2': 'b' }, 'a')).toBeNull()
  })

  it('fills in order around what was chosen by hand', () => {
    expect(assignInOrder({ 'pi-2': 'a' }, ['pi-1', 'pi-2', 'pi-3'], ['a', 'b', 'c', 'd'])).toEqual({
      'pi-1': 'b',
      'pi-2': 'a',
      'pi-3': 'c',
    })
    expect(assignInOrder({}, ['pi-1', 'pi-2'], ['a'])).toEqual({ 'pi-1': 'a' })
  })

  it('forgets what is gone, and stays the same when nothing is', () => {
    const all = { 'pi-1': 'a', 'pi-2': 'b' }
    expect(prune(all, ['pi-1', 'pi-2'], new Set(['b']))).toEqual({ 'pi-2': 'b' })
    expect(prune(all, ['pi-1'], new Set(['a', 'b']))).toEqual({ 'pi-1': 'a' })
    expect(prune(all, ['pi-1', 'pi-2'], new Set(['a', 'b']))).toBe(all)
  })
})

it('the same card put in again is another choice', () => {
  const card = { path: '/dev/sdb', size: 32e9, serial: 'x', cid: null, diskseq: '7' }
  expect(keyOf({ ...card })).toBe(keyOf(card))
  expect(keyOf({ ...card, diskseq: '8' })).not.toBe(keyOf(card))
  expect(keyOf({ ...card, size: 31e9 })).not.toBe(keyOf(card))
})
