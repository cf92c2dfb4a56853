import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { collectHaproxy, Haproxy } from './haproxy.ts'

/**
 * What the script on the node made of each release's own HAProxy: of five servers the first is up, the second and the
 * fourth were drained, the fifth is in maintenance, and nothing listens where the third and the fourth are checked.
 */
const recorded = (release: string): unknown =>
  JSON.parse(readFileSync(new URL(`./fixtures/haproxy-drained-${release}.json`, import.meta.url), 'utf8'))

const collected = (value: Haproxy) => collectHaproxy({ node: 'pi-1', now: { value, since: 100 }, before: null })

it.each(['trixie', 'bookworm'])('tells a server that is down and drained from one that is down (%s)', (release) => {
  const { state, samples } = collected(Haproxy.parse(recorded(release)))
  expect(state.servers.map(({ server, status, drained }) => [server, status, drained ?? false])).toEqual([
    ['pi-1', 'up', false],
    ['pi-2', 'drain', false],
    ['pi-3', 'down', false],
    ['pi-4', 'down', true],
    ['pi-5', 'maint', false],
  ])
  expect(samples.find(({ kind }) => kind === 'backend')?.values).toMatchObject({ serversUp: 1 })
})

it('an answer of before, without the list, is taken as it is', () => {
  const { drained: _, ...before } = recorded('trixie') as Haproxy
  const { servers } = collected(Haproxy.parse(before)).state
  expect(servers.map(({ status }) => status)).toEqual(['up', 'drain', 'down', 'down', 'maint'])
  expect(servers.some(({ drained }) => drained)).toBe(false)
})

it('makes percentiles of the requests between two looks, and none when HAProxy has started again', () => {
  const requests = (classes: Record<number, number>) => Array.from({ length: 14 }, (_, at) => classes[at] ?? 0)
  const row = ['app-shop', 'BACKEND', '1']
  const look = (times: Haproxy['times']) =>
    Haproxy.parse({ version: '3.0', uptime: 9, columns: ['pxname', 'svname', 'type'], rows: [row], times })
  const values = (now: Haproxy['times'], before: Haproxy['times']) =>
    collectHaproxy({
      node: 'pi-1',
      now: { value: look(now), since: 105 },
      before: { value: look(before), since: 100 },
    }).samples[0]!.values
  const some = { 'app-shop': requests({ 2: 90, 8: 10 }) }
  expect(values(some, {})).toMatchObject({ responseP50: expect.closeTo(7.78, 2), responseP95: 750 })
  expect(values({ 'app-shop': requests({ 2: 190, 8: 10 }) }, some)).toMatchObject({
    responseP50: 7.5,
    responseP95: 9.75,
  })
  expect(values(some, some)).not.toHaveProperty('responseP95')
  expect(values({ 'app-shop': requests({ 2: 5 }) }, some)).not.toHaveProperty('responseP95')
})
