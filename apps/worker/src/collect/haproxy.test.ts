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
