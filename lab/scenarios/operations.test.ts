/** What an operator asks of a cluster that serves: every part is restarted while clients write, and the outage is known. */
import type { RunEvent, RunOutcome } from '@bramble/cluster'
import { type OperateInput, operate } from '@bramble/provision'
import { startWriter } from '@bramble/provision/availability'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { powerOff, powerOn, status } from '../src/index.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
beforeAll(async () => {
  const change: Parameters<typeof openStage>[0]['change'] = (spec) => ({ ...spec, synchronous: true, preset: 'fast' })
  stage = await openStage({ id: 55, nodes: 4, built: true, change })
  await stage.allCopies()
  expect((await stage.plan()).changes).toBe(0)
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)

/** Asks as a worker does, while a client writes. Fails when an acknowledged write is missing afterwards. */
async function ask(operation: OperateInput['operation'], since = new Date()) {
  const writer = await startWriter(stage.writing)
  const events: RunEvent[] = []
  const { spec, secrets, fleet } = stage
  const signal = new AbortController().signal
  let outcome: RunOutcome
  try {
    outcome = await operate({ spec, secrets, fleet, operation, since, signal, emit: (event) => events.push(event) })
    await writer.next(60)
  } finally {
    await writer.stop()
  }
  expect(await writer.missing()).toEqual([])
  await writer.forget()
  const outage = writer.outage()
  console.log(`${JSON.stringify(operation)}: ${outcome.seconds.toFixed(1)} s, writes away ${outage.toFixed(1)} s`)
  return { outcome, outage, events }
}

const replicas = async () => {
  const primary = await stage.primary()
  return stage.spec.nodes.filter(({ name, roles }) => roles.includes('postgres') && name !== primary).map((n) => n.name)
}

describe('switchover', () => {
  it(
    'makes the chosen replica the primary, and says so',
    async () => {
      const before = await stage.primary()
      const { outcome, outage } = await ask({ kind: 'switchover' })
      const after = await stage.primary()
      expect(after).not.toBe(before)
      expect(outcome).toMatchObject({ status: 'succeeded', message: `${after} is the primary now.` })
      expect(outage).toBeLessThan(15)
      const back = await ask({ kind: 'switchover', to: before })
      expect(back.outcome.message).toBe(`${before} is the primary now.`)
      expect(await stage.primary()).toBe(before)
    },
    5 * minute,
  )

  it('refuses a node without a copy, and changes nothing', async () => {
    const before = await stage.primary()
    await expect(ask({ kind: 'switchover', to: 'pi-1' })).rejects.toMatchObject({ code: 'wrong-part' })
    expect(await stage.primary()).toBe(before)
  })
})

describe('restart', () => {
  const parts = [
    ['postgres', ['pi-2', 'pi-3', 'pi-4'], 15],
    ['etcd', ['pi-2', 'pi-3', 'pi-4'], 15],
    ['haproxy', ['pi-1', 'pi-4'], 10],
    ['keepalived', ['pi-1', 'pi-4'], 15],
    ['site', ['pi-2', 'pi-3', 'pi-4'], 10],
  ] as const
  for (const [part, nodes, limit] of parts)
    it(
      `of ${part} goes node after node and keeps every acknowledged write`,
      async () => {
        const { outcome, outage } = await ask({ kind: 'restart', part, nodes: [...nodes] })
        expect(outcome.status, outcome.message).toBe('succeeded')
        expect(outage).toBeLessThan(limit)
        await stage.allCopies()
      },
      5 * minute,
    )

  it(
    'of the Pis reboots each, the primary last and handed over, and does none of them twice',
    async () => {
      const primary = await stage.primary()
      const asked = new Date()
      const all = stage.spec.nodes.map(({ name }) => name)
      const boots = async () =>
        Promise.all(all.map((name) => stage.on(name, 'systemctl', 'show', '-P', 'UserspaceTimestamp')))
      const before = await boots()
      const { outcome, events } = await ask({ kind: 'restart', part: 'node', nodes: all }, asked)
      expect(outcome.status, outcome.message).toBe('succeeded')
      const turns = events.flatMap((event) => (event.type === 'node-ended' ? [event.node] : []))
      expect(turns.at(-1)).toBe(primary)
      expect(await stage.primary()).not.toBe(primary)
      const after = await boots()
      for (const [at, name] of all.entries()) expect(after[at], name).not.toBe(before[at])
      await stage.allCopies()
      const again = await ask({ kind: 'restart', part: 'node', nodes: all }, asked)
      expect(again.outcome).toMatchObject({ status: 'succeeded', changed: 0 })
    },
    10 * minute,
  )

  it('refuses a node that does not run the part', async () =>
    expect(ask({ kind: 'restart', part: 'etcd', nodes: ['pi-1'] })).rejects.toMatchObject({ code: 'wrong-part' }))
})

describe('an update', () => {
  it(
    'goes node after node, reboots where a package asks for it, and hands the primary over once',
    async () => {
      const primary = await stage.primary()
      const asked = new Date()
      const all = stage.spec.nodes.map(({ name }) => name)
      // As Debian's kernel package leaves it.
      for (const name of ['pi-1', primary]) await stage.on(name, 'touch', '/run/reboot-required')
      const boot = (name: string) => stage.on(name, 'systemctl', 'show', '-P', 'UserspaceTimestamp')
      const before = await boot(primary)
      const { outcome, outage, events } = await ask({ kind: 'update', nodes: all }, asked)
      expect(outcome.status, outcome.message).toBe('succeeded')
      expect(outcome.message).toContain('Up to date: ')
      expect(outage).toBeLessThan(20)
      expect(await boot(primary)).not.toBe(before)
      expect(await stage.primary()).not.toBe(primary)
      const rebooted = events.flatMap((event) =>
        event.type === 'step-settled' && event.step === 'update/reboot' && event.changed ? [event.node] : [],
      )
      expect(rebooted).toEqual(['pi-1', primary])
      for (const name of all) {
        const text = await stage.on(name, 'apt-get', '--simulate', '--with-new-pkgs', 'upgrade')
        expect(text, name).not.toMatch(/^Inst \S+ \[/m)
      }
      await stage.allCopies()
      // Asked again by a worker that took the run over: nothing is left.
      expect((await ask({ kind: 'update', nodes: all }, asked)).outcome).toMatchObject({
        status: 'succeeded',
        changed: 0,
      })
    },
    15 * minute,
  )

  it(
    'is refused while a Pi is away',
    async () => {
      await powerOff({ id: stage.id, node: 'pi-1' })
      try {
        await expect(ask({ kind: 'update', nodes: ['pi-2'] })).rejects.toMatchObject({ code: 'node-away' })
      } finally {
        await powerOn({ id: stage.id, node: 'pi-1' })
      }
    },
    5 * minute,
  )
})

describe('the copies', () => {
  it(
    'are cloned anew on request, but never that of the primary',
    async () => {
      const [replica] = await replicas()
      const { outcome, outage } = await ask({ kind: 'reinit', node: replica! })
      expect(outcome).toMatchObject({ status: 'succeeded', changed: 1 })
      expect(outage).toBeLessThan(15)
      await stage.allCopies()
      await expect(ask({ kind: 'reinit', node: await stage.primary() })).rejects.toMatchObject({
        code: 'not-a-replica',
      })
    },
    5 * minute,
  )

  it(
    'are elected by nobody while Patroni is paused, and again when it is resumed',
    async () => {
      const paused = async () =>
        (await stage.on('pi-2', 'patronictl', '-c', '/etc/patroni/config.yml', 'list')).includes('Maintenance mode: on')
      expect((await ask({ kind: 'pause' })).outcome.status).toBe('succeeded')
      expect(await paused()).toBe(true)
      expect((await ask({ kind: 'resume' })).outcome.status).toBe('succeeded')
      expect(await paused()).toBe(false)
    },
    3 * minute,
  )
})

describe('the whole stack', () => {
  it(
    'is shut down in order, and comes back by itself with all that was acknowledged',
    async () => {
      await stage.allCopies()
      const writer = await startWriter(stage.writing)
      await writer.next(30)
      const { spec, secrets, fleet } = stage
      const signal = new AbortController().signal
      const events: RunEvent[] = []
      const outcome = await operate({
        ...{ spec, secrets, fleet, signal, since: new Date() },
        operation: { kind: 'shutdown' },
        emit: (event) => events.push(event),
      })
      await writer.stop()
      expect(outcome.status, outcome.message).toBe('succeeded')
      expect(outcome.message).toContain('All Pis are off')
      const stopped = events.flatMap((event) => (event.type === 'step-settled' ? [event.step] : []))
      expect(stopped.lastIndexOf('shutdown/haproxy')).toBeLessThan(stopped.indexOf('shutdown/patroni'))
      await eventually(180, async () => {
        const { nodes } = await status({ id: stage.id })
        expect(nodes.map(({ state }) => state)).toEqual(nodes.map(() => 'off'))
      })
      const begun = Date.now()
      await Promise.all(spec.nodes.map(({ name }) => powerOn({ id: stage.id, node: name })))
      await eventually(240, () => startWriter(stage.writing, { patience: 20 }).then((next) => next.stop()))
      console.log(`From power to a write: ${((Date.now() - begun) / 1000).toFixed(1)} s`)
      expect(await writer.missing()).toEqual([])
      await stage.allCopies()
    },
    10 * minute,
  )
})
