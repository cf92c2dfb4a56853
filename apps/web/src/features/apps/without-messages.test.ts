import type { AppStatus } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { withoutMessages } from './without-messages.ts'

test('a viewer gets the states of an app without the lines of its log', () => {
  const slot = { node: 'pi-1', slot: 'a' as const, release: 'a'.repeat(64), state: 'failed' as const, restarts: 3 }
  const status: AppStatus = {
    ...{ serving: null, availability: 'running' as const, cron: [] },
    slots: [{ ...slot, message: 'a line' }],
    silent: ['pi-2'],
    behind: [],
    unlimited: [],
  }
  expect(withoutMessages({ name: 'blog', status })).toEqual({
    name: 'blog',
    status: { ...status, slots: [{ ...slot, message: null }] },
  })
  expect(withoutMessages({ status: null })).toEqual({ status: null })
})
