import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterSpec } from '@bramble/cluster'
import { type Transport, Trouble } from '@bramble/provision'
import { thisMachine } from '@bramble/provision/test/machine'
import { afterEach, expect, it } from 'vitest'
import { NodeWatch } from './node-watch.ts'

const spec = ClusterSpec.parse({
  name: 'home',
  vip: '192.0.2.100',
  nodes: [{ name: 'pi-1', address: '192.0.2.11', roles: ['web'] }],
})
const node = spec.nodes[0]!

const opened: { watch: NodeWatch; ending: AbortController }[] = []
function watchOver(connect: () => Promise<Transport>): NodeWatch {
  const ending = new AbortController()
  const watch = new NodeWatch(spec, node, connect, ending.signal)
  opened.push({ watch, ending })
  return watch
}
afterEach(async () => {
  for (const { watch, ending } of opened.splice(0)) {
    ending.abort()
    await watch.close()
  }
})

it('looks again and again over one connection, and within the same look over a new one when it broke', async () => {
  let connections = 0
  let hangUp: () => void = () => undefined
  const watch = watchOver(async () => {
    connections++
    return {
      ...thisMachine,
      async talk(argv, options) {
        const talk = await thisMachine.talk(argv, options)
        hangUp = () => talk.close()
        return talk
      },
    }
  })
  const first = await watch.look(10_000)
  const second = await watch.look(10_000)
  expect([first.kind, second.kind, connections]).toEqual(['look', 'look', 1])
  // The site is not there on this machine; that is one part's matter.
  expect(second.kind === 'look' && second.collected.state.web?.healthy).toBe(false)
  const cpu = (seen: typeof first) =>
    seen.kind === 'look' && seen.collected.samples.some(({ kind, values }) => kind === 'node' && 'cpu' in values)
  expect([cpu(first), cpu(second)]).toEqual([false, true])

  hangUp()
  const third = await watch.look(10_000)
  expect([third.kind, connections]).toEqual(['look', 2])
  // Its counters are the kernel's, so rates go on; the new script's own cost is counted anew.
  const values = third.kind === 'look' ? third.collected.samples.find(({ kind }) => kind === 'node')!.values : {}
  expect(values).toHaveProperty('cpu')
  expect(values).not.toHaveProperty('watchCpu')
})

it('says why a node is away, tries it again after a pause, and not before', async () => {
  let attempts = 0
  let there = false
  const watch = watchOver(async () => {
    attempts++
    if (there) return thisMachine
    throw new Trouble('unreachable', '192.0.2.11 port 22 cannot be reached: no answer in time', 'Check its power.')
  })
  const away = { kind: 'away', trouble: { code: 'unreachable', message: expect.stringContaining('cannot be reached') } }
  expect(await watch.look(2_000)).toMatchObject(away)
  expect(await watch.look(2_000)).toMatchObject(away)
  expect(attempts).toBe(1)
  there = true
  const until = Date.now() + 10_000
  for (;;) {
    const seen = await watch.look(5_000)
    if (seen.kind === 'look') break
    expect(seen).toMatchObject(away)
    expect(Date.now()).toBeLessThan(until)
    await sleep(100)
  }
  expect(attempts).toBe(2)
})

it('knows nothing while the first attempt is going on, and does not wait longer than it may', async () => {
  const watch = watchOver(() => new Promise(() => undefined))
  const begun = performance.now()
  expect(await watch.look(300)).toEqual({ kind: 'unknown' })
  expect(performance.now() - begun).toBeLessThan(2_000)
  opened.pop()!.ending.abort()
})
