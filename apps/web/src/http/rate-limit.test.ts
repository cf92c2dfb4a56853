import { expect, test } from 'vitest'
import { BoundedMap, InFlight, networkOf, RateLimit, Semaphore } from './rate-limit.ts'

test.each([
  ['192.168.1.7', '192.168.1.7'],
  ['::ffff:192.168.1.7', '192.168.1.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, network) => expect(networkOf(address)).toBe(network))

test('a rate lets a burst pass, then so many a second, each sender alone', () => {
  let now = 0
  const limit = new RateLimit({ burst: 3, perSecond: 2 }, () => now)
  expect([1, 2, 3, 4].map(() => limit.takes('a'))).toEqual([true, true, true, false])
  expect(limit.takes('b')).toBe(true)
  now = 1_000
  expect([1, 2, 3].map(() => limit.takes('a'))).toEqual([true, true, false])
})

test('few at once of each sender', () => {
  const open = new InFlight(2)
  const [first, second] = [open.enter('a'), open.enter('a')]
  expect([open.enter('a'), open.enter('b')]).toEqual([null, expect.any(Function)])
  first?.()
  first?.()
  expect(open.enter('a')).not.toBe(null)
  expect(open.enter('a')).toBe(null)
  second?.()
})

test('a bounded map forgets what was used longest ago', () => {
  const map = new BoundedMap<number>(100)
  for (let i = 0; i < 5_000; i++) map.set(`10.0.${i >> 8}.${i & 255}`, i)
  expect([map.get('10.0.19.135'), map.get('10.0.0.1'), map.size]).toEqual([4_999, undefined, 100])
})

test('a rate says how long to wait, and what is given back may be taken again', () => {
  let now = 0
  const limit = new RateLimit({ burst: 2, perSecond: 1 / 30 }, () => now)
  expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 30])
  limit.giveBack('a')
  expect([limit.take('a'), limit.take('a')]).toEqual([0, 30])
  for (let i = 0; i < 5; i++) limit.giveBack('b')
  expect([limit.take('b'), limit.take('b'), limit.take('b')]).toEqual([0, 0, 30])
  now = 30_000
  expect(limit.take('a')).toBe(0)
})

test('a semaphore works at so many at a time, and at the next when one fails', async () => {
  const semaphore = new Semaphore(2)
  let [open, most] = [0, 0]
  const work = async (i: number) => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setImmediate(resolve))
    open--
    if (i % 3 === 0) throw new Error('failed')
    return i
  }
  const ends = await Promise.allSettled(Array.from({ length: 9 }, (_, i) => semaphore.run(() => work(i))))
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(6)
  expect([open, most]).toEqual([0, 2])
})
