import { expect, it } from 'vitest'
import { copyStateAt } from './copy-state.ts'

it.each([
  [{ primary: 1, running: 1, streaming: 0 }, 'primary'],
  [{ primary: 0, running: 1, streaming: 1 }, 'streaming'],
  [{ primary: 0, running: 1, streaming: 0 }, 'detached'],
  [{ primary: 0, running: 0, streaming: 0 }, 'down'],
  [{ primary: 0.4, running: 1, streaming: 0.3 }, 'primary'],
  [{ primary: null, running: null, streaming: null }, null],
  [{ primary: undefined, running: undefined, streaming: undefined }, null],
] as const)('%j is %s', (shares, state) => {
  expect(copyStateAt(shares)).toBe(state)
})
