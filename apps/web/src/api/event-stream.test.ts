import { expect, test } from 'vitest'
import { eventStream, type Send } from './event-stream.ts'

let made = 0
const account = () => {
  const id = `person ${++made}`
  return { id, name: 'Vic', email: `${id}@x.test`, role: 'viewer' as const, by: `${id}@x.test` }
}
const request = (signal = new AbortController().signal, method = 'GET') =>
  new Request('http://127.0.0.1/api/live', { signal, method })
const forever = (_: Send, signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))

test('a stream that nobody reads holds two events, not all; who reads gets all of them in order', async () => {
  let sent = 0
  const big = 'x'.repeat(60_000)
  const answer = eventStream(request(), account(), async (send) => {
    for (let i = 0; i < 500; i++) {
      await send({ event: 'log', data: big, id: i })
      sent = i + 1
    }
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(sent).toBeLessThanOrEqual(2)
  const text = await answer.text()
  expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))).toEqual([...Array(500).keys()])
  expect(text.endsWith('event: end\ndata: null\n\n')).toBe(true)
})

test('two sources of one stream that wait for room both go on when there is some', async () => {
  const answer = eventStream(request(), account(), async (send) => {
    const source = async (event: string) => {
      for (let i = 0; i < 50; i++) await send({ event, data: 'x'.repeat(20_000) })
    }
    await Promise.all([source('a'), source('b')])
  })
  const text = await answer.text()
  expect([text.match(/event: a\n/g)?.length, text.match(/event: b\n/g)?.length]).toEqual([50, 50])
})

test('twenty of one account, whoever reads them; one that ends makes room, others are not affected', async () => {
  const who = account()
  const leaving = Array.from({ length: 20 }, () => new AbortController())
  const open = leaving.map(({ signal }) => eventStream(request(signal), who, forever))
  expect(open.map(({ status }) => status)).toEqual(Array(20).fill(200))
  const refused = eventStream(request(), who, forever)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10'])
  expect(await refused.json()).toMatchObject({
    code: 'too-many-streams',
    cure: expect.stringMatching(/Close other tabs/),
  })
  const other = eventStream(request(), account(), forever)
  expect(other.status).toBe(200)
  leaving[0]?.abort()
  await open[1]?.body?.cancel()
  const again = [eventStream(request(), who, forever), eventStream(request(), who, forever)]
  expect(again.map(({ status }) => status)).toEqual([200, 200])
  expect(eventStream(request(), who, forever).status).toBe(429)
  for (const { body } of [...open.slice(2), ...again, other]) await body?.cancel()
})

test('a person with many tokens has forty, and all together two hundred', async () => {
  const person = account()
  const tokens = [1, 2, 3].map((n) => ({ ...person, by: `${person.by} (token ${n})` }))
  const of = (who: typeof person, count: number) =>
    Array.from({ length: count }, () => eventStream(request(), who, forever))
  const refused = (answers: Response[]) => answers.filter(({ status }) => status === 429).length
  const streams = tokens.flatMap((token) => of(token, 20))
  expect(refused(streams)).toBe(20)
  for (let i = 0; i < 8; i++) streams.push(...of(account(), 20))
  expect(refused(streams)).toBe(20)
  expect(refused(of(account(), 1))).toBe(1)
  for (const { body } of streams) await body?.cancel()
  const after = of(account(), 1)
  expect(refused(after)).toBe(0)
  await after[0]?.body?.cancel()
})

test('what is asked for its head alone, or is gone already, takes no place', async () => {
  const who = account()
  const gone = AbortSignal.abort()
  for (let i = 0; i < 30; i++) {
    expect(eventStream(request(undefined, 'HEAD'), who, forever).status).toBe(200)
    expect(eventStream(request(gone), who, forever).status).toBe(200)
  }
})
