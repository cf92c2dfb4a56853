/** Three of etcd's five voters are gone for good: the others go on without them, and who comes back is no second cluster. */
import type { RunEvent } from '@bramble/cluster'
import { operate } from '@bramble/provision'
import { startWriter } from '@bramble/provision/availability'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { powerOff, powerOn } from '../src/index.ts'
import { rowsOf } from './sql.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
/** Among the three that die are the primary and the copy that had all its commits. */
let left: string[]
let lost: string[]

beforeAll(async () => {
  stage = await openStage({
    ...{ id: 48, nodes: 5 },
    change: (spec) => ({
      ...spec,
      ...{ synchronous: true, preset: 'fast' },
      nodes: spec.nodes.map((node) => ({ ...node, roles: ['etcd', 'postgres', 'balancer', 'web'] })),
    }),
  })
  expect((await stage.apply()).outcome.status).toBe('succeeded')
  await stage.allCopies()
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)

/** `until`: the worker dies once this step is settled. */
async function recover(until?: string) {
  const { spec, secrets, fleet } = stage
  const events: RunEvent[] = []
  const death = new AbortController()
  const outcome = await operate({
    ...{ spec, secrets, fleet, since: new Date(), operation: { kind: 'recover-quorum' } },
    signal: death.signal,
    emit(event) {
      events.push(event)
      if (event.type === 'step-settled' && event.step === until) death.abort()
    },
  })
  return { outcome, events }
}

const power = (what: typeof powerOff, nodes: readonly string[]) =>
  Promise.all(nodes.map((node) => what({ id: stage.id, node })))

const etcdOf = (node: string) => stage.on(node, 'systemctl', 'is-active', 'etcd').catch((error: Error) => error.message)

interface Listed {
  Member: string
  Role: string
}

it(
  'is refused while a majority votes, or could',
  async () => {
    await expect(recover()).rejects.toMatchObject({ code: 'quorum-lives' })
    await power(powerOff, ['pi-4', 'pi-5'])
    await stage.on('pi-3', 'systemctl', 'stop', 'etcd')
    try {
      await expect(recover()).rejects.toMatchObject({
        code: 'quorum-possible',
        message: 'pi-1, pi-2 and pi-3 have etcd data, which is a majority of 5: etcd recovers on its own.',
      })
    } finally {
      await stage.on('pi-3', 'systemctl', 'start', 'etcd')
      await power(powerOn, ['pi-4', 'pi-5'])
    }
    await stage.allCopies()
  },
  5 * minute,
)

it(
  'goes on with those that are left, and a copy there takes writes again',
  async () => {
    const primary = await stage.primary()
    const sync = await eventually(60, async () => {
      const text = await stage.on(primary, 'patronictl', '-c', '/etc/patroni/config.yml', 'list', '-f', 'json')
      const found = (JSON.parse(text) as Listed[]).find(({ Role }) => /sync/i.test(Role))
      expect(found).toBeDefined()
      return found!.Member
    })
    left = stage.spec.nodes.map(({ name }) => name).filter((name) => ![primary, sync].includes(name))
    lost = [primary, sync, left.pop()!]
    await rowsOf('create table kept as select generate_series(1, 1000) as n', stage.database(5000))
    // Only the primary and its synchronous copy have promised to keep it: the others may be behind.
    const rows = ['psql', '-XAt', '-d', stage.spec.database.name, '-c', 'select count(*) from kept']
    await eventually(60, async () => {
      for (const node of left)
        expect((await stage.on(node, 'runuser', '-u', 'postgres', '--', ...rows)).trim()).toBe('1000')
    })
    await power(powerOff, lost)
    const began = Date.now()
    await recover('etcd/alone').catch(() => undefined)
    const { outcome, events } = await recover()
    console.log(`recovered after ${((Date.now() - began) / 1000).toFixed(1)} s: ${outcome.message}`)
    if (outcome.status !== 'succeeded') console.log(JSON.stringify(events, null, 1).slice(-6000))
    expect(outcome.status, outcome.message).toBe('succeeded')
    const said = /^etcd runs on (pi-\d), and (pi-\d) is the primary\./.exec(outcome.message)?.slice(1)
    expect(left).toEqual(expect.arrayContaining(said ?? ['no such words']))
    await eventually(120, async () => {
      expect(await rowsOf('select count(*)::int as rows from kept', stage.database(5000))).toEqual([{ rows: 1000 }])
    })
    const writer = await startWriter(stage.writing)
    await writer.next(60)
    await writer.stop()
    await writer.forget()
    expect((await recover()).outcome).toMatchObject({ status: 'succeeded', changed: 0 })
  },
  8 * minute,
)

it(
  'tells those that come back that they were removed: they form no second cluster, and join anew',
  async () => {
    await power(powerOn, lost)
    await eventually(240, async () => {
      for (const node of lost)
        expect(await stage.on(node, 'journalctl', '-u', 'etcd', '-b', '--no-pager')).toContain(
          'has been permanently removed',
        )
    })
    expect(left).toContain(await stage.primary())
    const { outcome } = await stage.apply()
    expect(outcome.status, outcome.message).toBe('succeeded')
    await stage.allCopies()
    expect(left).toContain(await stage.primary())
    for (const { name } of stage.spec.nodes) expect(await etcdOf(name)).toBe('active\n')
    // Nothing of the order to forget the others is left: a restart keeps them.
    await stage.on(left[0]!, 'systemctl', 'restart', 'etcd')
    await eventually(180, async () => {
      const plan = await stage.plan()
      expect(plan.findings.filter(({ level }) => level === 'error')).toEqual([])
      expect(plan.changes).toBe(0)
    })
  },
  10 * minute,
)
