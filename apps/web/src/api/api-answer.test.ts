/** The four ways in to what is watched, as a program with a token uses them, on a real database. */
import { randomUUID } from 'node:crypto'
import { prisma } from '@bramble/db'
import { recordEvents, recordTick } from '@bramble/db/metrics'
import { createToken } from '@bramble/db/people'
import { useDatabase } from '@bramble/db/test/database'
import { nodeSample, someLook, watchedCluster } from '@bramble/db/test/watching'
import { beforeAll, expect, test } from 'vitest'
import { GET as live } from '@/app/api/clusters/[cluster]/live/route.ts'
import { GET as series } from '@/app/api/clusters/[cluster]/series/route.ts'
import { GET as timeline } from '@/app/api/clusters/[cluster]/timeline/route.ts'
import { GET as metrics } from '@/app/metrics/route.ts'

useDatabase()

const now = new Date(Math.floor(Date.now() / 10_000) * 10_000)
const second = now.getTime() / 1000
let authorization: string
let id: string
let name: string

beforeAll(async () => {
  const email = 'grafana@example.test'
  const user = await prisma().user.create({ data: { id: randomUUID(), name: email, email, role: 'viewer' } })
  const { token } = await createToken({ user: user.id, name: 'grafana', role: 'viewer', days: 30, by: email })
  authorization = `Bearer ${token}`
  ;({ id, name } = await watchedCluster())
  await recordTick({
    ...{ cluster: id, at: now, states: [someLook('pi-1', now)] },
    samples: [nodeSample('pi-1', { cpu: 0.5 })],
    events: [],
  })
})

type Handler = (request: Request, context: { params: Promise<{ cluster: string }> }) => Promise<Response>

function call(handler: Handler, query = '', cluster = name, signal?: AbortSignal): Promise<Response> {
  const headers = { host: '127.0.0.1:3000', authorization }
  const request = new Request(`http://127.0.0.1:3000/${query}`, { headers, ...(signal ? { signal } : {}) })
  return handler(request, { params: Promise.resolve({ cluster }) })
}

test('series: bins of what is asked for, names with colons and stars', async () => {
  const range = `from=${second - 10}&to=${second + 10}`
  const response = await call(series, `?s=node:pi-1::cpu&s=server:*:web:8000/*:sessions&${range}&points=2`)
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
  expect(await response.json()).toEqual({
    ...{ from: second - 10, to: second + 10, step: 10, times: [second - 10, second] },
    series: [
      {
        ...{ kind: 'node', node: 'pi-1', name: '', metric: 'cpu', unit: 'fraction' },
        ...{ average: [null, 0.5], highest: [null, 0.5] },
      },
    ],
  })
})

test('what makes no sense is refused with a cure, what is not there is not found', async () => {
  const range = '&from=1795600000&to=1795603600'
  const asked: [Handler, string, number, string][] = [
    [series, `?s=cpu${range}`, 400, 'series-invalid'],
    [series, `?s=node:pi-1::warmth${range}`, 400, 'series-invalid'],
    [series, range.replace('&', '?'), 400, 'series-invalid'],
    [series, `?s=node:pi-1::cpu${range}&points=x`, 400, 'series-invalid'],
    [series, '?s=node:pi-1::cpu&from=1795600000', 400, 'range-invalid'],
    [series, '?s=node:pi-1::cpu&from=2&to=1', 400, 'range-invalid'],
    [timeline, '?from=today&to=', 400, 'range-invalid'],
  ]
  for (const [handler, query, status, code] of asked) {
    const response = await call(handler, query)
    expect([query, response.status]).toEqual([query, status])
    expect(await response.json()).toEqual({ code, message: expect.any(String), cure: expect.stringMatching(/.+/) })
  }
  for (const [handler, query] of [
    [series, `?s=node:pi-1::cpu${range}`],
    [timeline, range.replace('&', '?')],
    [live, ''],
  ] as const)
    expect((await call(handler, query, 'nowhere')).status).toBe(404)
})

test('timeline: what happened in the range', async () => {
  const event = { at: now.toISOString(), until: null, kind: 'vip-moved' as const, level: 'info' as const, node: null }
  await recordEvents({ cluster: id, events: [{ ...event, words: 'It moved.', link: null }] })
  const response = await call(timeline, `?from=${second - 10}&to=${second + 10}`)
  expect(await response.json()).toEqual({
    events: [{ id: expect.any(String), ...event, words: 'It moved.', link: null }],
  })
})

test('live: the state at once, then after a look, until the reader leaves', async () => {
  const leaving = new AbortController()
  const response = await call(live, '', name, leaving.signal)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const looks = () => [...text.matchAll(/event: watch\ndata: (.*)\n/g)].map((match) => JSON.parse(match[1]!).at)
  const read = async (count: number) => {
    while (looks().length < count) {
      const { value, done } = await reader.read()
      if (done) break
      text += value
    }
    return looks()
  }
  expect(await read(1)).toEqual([now.toISOString()])
  const later = new Date(now.getTime() + 5_000)
  await recordTick({ cluster: id, at: later, states: [someLook('pi-1', later)], samples: [], events: [] })
  expect(await read(2)).toEqual([now, later].map((at) => at.toISOString()))
  leaving.abort()
  while (!(await reader.read()).done);
})

test('metrics: the newest figures as Prometheus reads them', async () => {
  const response = await call(metrics)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  expect(text).toContain(`bramble_node_cpu_ratio{cluster="${name}",node="pi-1"} 0.5\n`)
  expect(text).toContain(`bramble_node_up{cluster="${name}",node="pi-1"} 1\n`)
  expect(text).toMatch(/^bramble_watch_age_seconds\{cluster="shelf-\d+"\} \d/m)
})
