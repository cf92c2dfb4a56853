import { expect, test } from 'vitest'
import { Changes } from './changes.ts'

const at = (step: string, node = 'pi-1') => ({ node, step, title: step })
const settled = (step: string, changed: boolean) =>
  ({ type: 'step-settled', ...at(step), changed, seconds: 1 }) as const
const failed = { type: 'step-failed', ...at('etcd/unit'), code: '', message: '', cure: '' } as const

test('a step counts once, whichever worker changed it', () => {
  const changes = new Changes([at('base/hosts'), at('base/hosts', 'pi-2')])
  changes.note(settled('base/hosts', false))
  changes.note(settled('base/sshd', true))
  changes.note(settled('base/sshd', true))
  changes.note(settled('base/time', false))
  expect([changes.on('pi-1'), changes.on('pi-2'), changes.on('pi-3')]).toEqual([2, 1, 0])
})

test('a changed step that has to be done again counts when it has settled, not when it fails', () => {
  const changes = new Changes([at('etcd/unit')])
  changes.note({ type: 'step-started', ...at('etcd/unit'), because: 'it differs' })
  expect(changes.on('pi-1')).toBe(0)
  changes.note(settled('etcd/unit', true))
  expect(changes.on('pi-1')).toBe(1)
  changes.note(failed)
  expect(changes.on('pi-1')).toBe(0)
})
