import { readFile } from 'node:fs/promises'
import { ClusterSpec } from '@bramble/cluster'
import { afterEach, describe, expect, it } from 'vitest'
import { thisMachine } from '../../test/machine.ts'
import { openWatch, scriptFor, type Watch } from './watch.ts'

const spec = ClusterSpec.parse({
  name: 'home',
  vip: '192.0.2.100',
  nodes: [
    { name: 'pi-1', address: '192.0.2.11', roles: ['etcd', 'postgres', 'balancer', 'web'] },
    { name: 'pi-2', address: '192.0.2.12', roles: [] },
  ],
})
const [all, spare] = [spec.nodes[0]!, spec.nodes[1]!]
const open: Watch[] = []
async function watch(node = all): Promise<Watch> {
  const opened = await openWatch(thisMachine, { spec, node })
  open.push(opened)
  return opened
}
afterEach(() => {
  for (const watch of open.splice(0)) watch.close()
})

const value = (look: { sources: Record<string, { value?: unknown }> }, name: string) =>
  look.sources[name]?.value as Record<string, unknown>

describe('the script on a node', () => {
  it('answers question after question over one process, with this machine’s own figures', async () => {
    const asked = await watch(spare)
    const first = await asked.ask()
    const second = await asked.ask()
    expect([first.n, second.n]).toEqual([1, 2])
    const machine = value(second, 'machine')
    const meminfo = await readFile('/proc/meminfo', 'utf8')
    expect((machine.memory as { total: number }).total).toBe(Number(/MemTotal:\s+(\d+)/.exec(meminfo)![1]) * 1024)
    expect(machine.boot).toBe((await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim())
    expect(machine.uptime).toBeGreaterThan(1)
    expect(Math.abs(second.clock * 1000 - second.askedAt)).toBeLessThan(second.roundTrip + 100)
    expect(second.since).toBeGreaterThan(first.since)
    expect(second.own.cpu).toBeGreaterThan(0)
    expect(second.own.memory).toBeGreaterThan(1024 ** 2)
  })

  it('says of each source that is not there why it is silent, and holds nothing else up', async () => {
    const asked = await watch()
    const look = await asked.ask()
    for (const name of ['etcd', 'patroni', 'postgres', 'haproxy', 'web'])
      expect([name, look.sources[name]?.silent]).toEqual([name, expect.stringMatching(/\w{4}/)])
    expect(look.took).toBeLessThan(2_600)
    expect(value(look, 'machine').load).toBeGreaterThanOrEqual(0)
  })

  it('ends with its input', async () => {
    let ended: Promise<unknown> = Promise.resolve()
    const opened = await openWatch(
      {
        ...thisMachine,
        async talk(argv, options) {
          const talk = await thisMachine.talk(argv, options)
          ended = talk.ended
          return talk
        },
      },
      { spec, node: all },
    )
    await opened.ask()
    opened.close()
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
    await expect(opened.ask()).rejects.toMatchObject({ code: 'connection-lost' })
  })

  it('gets only the parts that its roles need', () => {
    expect(scriptFor(spare)).not.toContain('import ssl')
    expect(scriptFor(all)).toContain('import ssl')
  })
})
