import { ClusterSpec, isKnownSubject } from '@bramble/cluster'
import { expect, it } from 'vitest'
import { type AppStarts, Apps, collectApps } from './apps.ts'
import type { Reading } from './reading.ts'

const process = (change: object = {}): Apps[number] => ({
  ...{ app: 'shop', slot: 'a', process: 'web', active: 'active', restarts: 0, killed: 0 },
  ...{ memory: 40e6, limit: 100e6 },
  ...change,
})

function looks(...all: Apps[]) {
  let before: Reading<Apps> | null = null
  let starts: readonly Reading<AppStarts>[] = []
  let last: ReturnType<typeof collectApps> | undefined
  for (const [at, value] of all.entries()) {
    const now = { value: Apps.parse(value), since: 100 + 5 * at }
    last = collectApps({ node: 'pi-2', now, before }, starts)
    starts = last.state.starts
    before = now
  }
  return last!
}

it('adds up the processes of an app, and names the one that is nearest to its limit', () => {
  const all = [
    process(),
    process({ process: 'worker', memory: 90e6 }),
    process({ slot: 'b', memory: null, limit: null, active: 'failed' }),
    process({ app: 'blog', limit: null }),
  ]
  const { state, samples } = looks(all)
  expect(state.state.shop).toEqual({
    memory: 130e6,
    nearest: { process: 'worker', used: 90e6, limit: 100e6 },
    processes: 2,
    lately: { restarts: 0, killed: 0 },
  })
  expect(state.state.blog!.nearest).toBeNull()
  expect(samples.map(({ node, name, values }) => [node, name, values])).toEqual([
    ['pi-2', 'shop', { memory: 130e6, memoryUse: 0.9, processes: 2, restarts: 0, memoryKills: 0 }],
    ['pi-2', 'blog', { memory: 40e6, processes: 1, restarts: 0, memoryKills: 0 }],
  ])
})

it('counts restarts between looks, also when systemd began to count again, and none at the first look', () => {
  const counts = [7, 9, 9, 1].map((restarts) => [process({ restarts, killed: restarts === 9 ? 1 : 0 })])
  expect(looks(counts[0]!).state.state.shop!.lately.restarts).toBe(0)
  expect(looks(...counts).state.state.shop!.lately).toEqual({ restarts: 3, killed: 1 })
  // A slot that was started since, and crashed.
  expect(looks([process()], [process(), process({ slot: 'b', restarts: 2 })]).state.state.shop!.lately.restarts).toBe(2)
})

it('keeps measures of the apps of the cluster only', () => {
  const nodes = [{ name: 'pi-1', address: '192.168.7.11', roles: ['web', 'balancer', 'etcd', 'postgres'] }]
  const spec = ClusterSpec.parse({ name: 'shelf', vip: '192.168.7.100', nodes, apps: [{ name: 'shop' }] })
  const known = (kind: 'app' | 'backend', name: string) => isKnownSubject(spec, { kind, name })
  expect([known('app', 'shop'), known('backend', 'app-shop'), known('backend', 'web')]).toEqual([true, true, true])
  expect([known('app', 'blog'), known('backend', 'app-blog'), known('app', '')]).toEqual([false, false, false])
})
