import { expect, it } from 'vitest'
import { CrosshairStore, HiddenStore } from './crosshair.ts'

it('a pinned moment stays while the pointer wanders, until it is moved or cleared', () => {
  const crosshair = new CrosshairStore()
  crosshair.point(10, 'a')
  crosshair.leave('b')
  expect(crosshair.read().at).toBe(10)
  crosshair.move(20, 'a', true)
  crosshair.point(30, 'b')
  crosshair.leave('a')
  expect(crosshair.read()).toEqual({ at: 20, by: 'a', pinned: true })
  crosshair.clear()
  expect(crosshair.read().at).toBeNull()
})

it('a curve can be hidden, left alone, and all come back', () => {
  const hidden = new HiddenStore()
  const all = ['a', 'b', 'c']
  hidden.toggle('a')
  expect([...hidden.read()]).toEqual(['a'])
  hidden.isolate('a', all)
  expect([...hidden.read()].sort()).toEqual(['b', 'c'])
  hidden.isolate('a', all)
  expect([...hidden.read()]).toEqual([])
})
