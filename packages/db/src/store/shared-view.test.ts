import { expect, test } from 'vitest'
import { sharedView } from './shared-view.ts'

/** A source whose values are given by hand. */
function source() {
  const values: string[] = []
  let wake: () => void = () => undefined
  let [starts, stops, over] = [0, 0, false]
  const give = (value: string) => {
    values.push(value)
    wake()
  }
  async function* follow(signal: AbortSignal) {
    starts++
    signal.addEventListener('abort', () => wake())
    try {
      for (;;) {
        const value = values.shift()
        if (value === 'broken') throw new Error('broken')
        if (value !== undefined) yield value
        else if (over || signal.aborted) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      stops++
    }
  }
  const end = () => {
    over = true
    wake()
  }
  return { follow, give, end, counts: () => [starts, stops] }
}

const next = async (reader: AsyncGenerator<string>) => (await reader.next()).value
let made = 0
const subject = () => `subject ${++made}`

test('many readers have one follower, and it stops with the last of them', async () => {
  const [name, { follow, give, counts }] = [subject(), source()]
  const readers = Array.from({ length: 20 }, () => sharedView(name, follow))
  const first = readers.map(next)
  give('a')
  expect(await Promise.all(first)).toEqual(Array(20).fill('a'))
  expect(counts()).toEqual([1, 0])
  const late = sharedView(name, follow)
  expect(await next(late)).toBe('a')
  for (const reader of readers) await reader.return(undefined)
  expect(counts()).toEqual([1, 0])
  await late.return(undefined)
  await expect.poll(counts).toEqual([1, 1])
  const again = sharedView(name, follow)
  give('b')
  expect(await next(again)).toBe('b')
  expect(counts()).toEqual([2, 1])
  await again.return(undefined)
})

test('a slow reader holds up nobody, and sees the newest value and the end', async () => {
  const [name, { follow, give, end }] = [subject(), source()]
  const [fast, slow] = [sharedView(name, follow), sharedView(name, follow)]
  const first = [next(fast), next(slow)]
  give('1')
  expect(await Promise.all(first)).toEqual(['1', '1'])
  for (const value of ['2', '3', '4']) {
    const asked = next(fast)
    give(value)
    expect(await asked).toBe(value)
  }
  end()
  expect(await next(fast)).toBe(undefined)
  expect([await next(slow), await next(slow)]).toEqual(['4', undefined])
})

test('a reader that leaves while it waits is let go, and a failure reaches all who are there', async () => {
  const [name, { follow, give }] = [subject(), source()]
  const leaving = new AbortController()
  const left = next(sharedView(name, follow, leaving.signal))
  const others = [next(sharedView(name, follow)), next(sharedView(name, follow))]
  leaving.abort()
  expect(await left).toBe(undefined)
  give('broken')
  const ends = await Promise.allSettled(others)
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
