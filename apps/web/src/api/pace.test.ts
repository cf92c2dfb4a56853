import { expect, test, vi } from 'vitest'
import { tooFast } from './pace.ts'

test('each token has its own pace, and is told how long to wait', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const account = (by: string) => ({ id: '1', name: 'Ada', email: 'ada@example.org', role: 'operator' as const, by })
  const one = account('ada@example.org (token one)')
  for (let at = 0; at < 60; at++) expect(tooFast(one)).toBeNull()
  const refused = tooFast(one)!
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await refused.json()).toMatchObject({ code: 'throttled', cure: 'Wait 1 s, then try again.' })
  expect(tooFast(account('ada@example.org (token two)'))).toBeNull()
  vi.advanceTimersByTime(1_000)
  expect(tooFast(one)).toBeNull()
  vi.useRealTimers()
})
