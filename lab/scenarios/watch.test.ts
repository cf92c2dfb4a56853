/** The watching on a real cluster: what it sees, what it says when a part is gone, what it leaves behind, what it costs. */
import { type ClusterWatch, quorumOf, vipHolders } from '@bramble/cluster'
import { useDatabase } from '@bramble/db/test/database'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { powerOff, powerOn } from '../src/index.ts'
import { eventually, openStage, type Stage } from './stage.ts'
import { type Watched, watchStage } from './watched.ts'

const minute = 60_000
useDatabase()
let stage: Stage
let watched: Watched
beforeAll(async () => {
  stage = await openStage({ id: 35, nodes: 3, built: true })
  watched = await watchStage(stage)
  watched.begin('first')
}, 15 * minute)
afterAll(async () => {
  await watched?.end()
  await stage?.close()
}, 2 * minute)

const names = () => stage.spec.nodes.map(({ name }) => name)
/** Processes of the watching on a node: the script, its sudo, psql and the backend that serves it. */
const leftOn = async (node: string) =>
  (await stage.on(node, 'ps', '-eo', 'args')).split('\n').filter((line) => /bramble-watch|psql .*-XAtqw/.test(line))
/** By PostgreSQL's own word. */
const primary = async () => {
  const sql = 'select pg_is_in_recovery()'
  for (const name of names())
    if ((await stage.on(name, 'runuser', '-u', 'postgres', '--', 'psql', '-XAtc', sql)).trim() === 'f') return name
  throw new Error('No PostgreSQL takes writes')
}
const roles = ({ states }: ClusterWatch) => states.map(({ patroni }) => `${patroni?.role} ${patroni?.state}`).sort()
const allThere = ['primary running', 'replica streaming', 'replica streaming']
const seconds = async (work: () => Promise<unknown>) => {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

describe('a cluster under watch', () => {
  it('has every part of every node answer', async () => {
    const leading = await primary()
    await eventually(90, async () => {
      const watch = await watched.seen()
      const { states } = watch
      expect(states.map(({ node, silent, trouble }) => [node, silent, trouble])).toEqual(
        names().map((name) => [name, {}, null]),
      )
      expect(states.filter(({ patroni }) => patroni?.role === 'primary').map(({ node }) => node)).toEqual([leading])
      expect(quorumOf(stage.spec, watch)).toMatchObject({ voters: 3, healthy: 3, holds: true })
      expect(vipHolders(stage.spec, watch)).toHaveLength(1)
      expect(states.flatMap(({ web }) => web)).toEqual(names().map(() => ({ healthy: true, because: '' })))
    })
  })

  it('says which source is silent and why, while the others go on', async () => {
    const leading = await primary()
    const replica = names().find((name) => name !== 'pi-3' && name !== leading)!
    const patroni = (await stage.on(replica, 'systemctl', 'show', '-p', 'MainPID', '--value', 'patroni')).trim()
    try {
      // Both: while one of the two answers, the source is not silent.
      await stage.on(replica, 'systemctl', 'stop', 'haproxy', 'haproxy-postgres')
      // Looks are 5 s apart; a busy machine may miss one.
      const took = await seconds(() =>
        eventually(60, async () => expect((await watched.node(replica)).silent.haproxy).toBeDefined()),
      )
      expect(took).toBeLessThan(25)
      await eventually(60, async () => {
        const state = await watched.node(replica)
        expect(state.silent).toEqual({ haproxy: expect.stringMatching(/refused|No such file/) })
        expect(state.haproxy).toBeNull()
        expect(state.machine!.units['haproxy.service']).toBe('inactive')
        expect([state.postgres, state.etcd, state.patroni].includes(null)).toBe(false)
      })

      // One that hangs is as good as one that is away, and holds nobody up.
      await stage.on(replica, 'kill', '-STOP', patroni)
      await eventually(60, async () => {
        const state = await watched.node(replica)
        expect(state.silent.patroni).toBe('no answer in time')
        expect(state.postgres?.inRecovery).toBe(true)
      })
    } finally {
      await stage.on(replica, 'kill', '-CONT', patroni)
      await stage.on(replica, 'systemctl', 'start', 'haproxy', 'haproxy-postgres')
    }
    await eventually(90, async () => expect((await watched.node(replica)).silent).toEqual({}))
  })

  it('sees a lost quorum, says which voter cannot read and why, and tells when it is back', async () => {
    const [first, ...others] = names()
    for (const name of others) await stage.on(name, 'systemctl', 'stop', 'etcd')
    try {
      await eventually(90, async () => {
        expect(quorumOf(stage.spec, await watched.seen()).holds).toBe(false)
        expect((await watched.node(first!)).etcd).toMatchObject({ healthy: false, hasLeader: false })
        expect((await watched.node(first!)).etcd!.because).toContain('no leader')
        expect((await watched.node(others[0]!)).silent.etcd).toMatch(/refused/)
        expect(await watched.told()).toContain('quorum-lost')
      })
    } finally {
      for (const name of others) await stage.on(name, 'systemctl', 'start', 'etcd')
    }
    await eventually(120, async () => expect(await watched.told()).toContain('quorum-back'))
  })

  it('misses a node that loses power, and has all its parts again when it is back', async () => {
    await eventually(180, async () => expect(roles(await watched.seen())).toEqual(allThere))
    const gone = 'pi-3'
    await powerOff({ id: stage.id, node: gone })
    const took = await seconds(() =>
      eventually(60, async () => expect((await watched.node(gone)).trouble).not.toBeNull()),
    )
    expect(took).toBeLessThan(25)
    expect(await watched.node(gone)).toMatchObject({ machine: null, postgres: null, etcd: null, silent: {} })
    await eventually(60, async () => expect(await watched.told()).toContain(`node-away ${gone}`))
    await powerOn({ id: stage.id, node: gone })
    await eventually(180, async () => expect(await watched.node(gone)).toMatchObject({ trouble: null, silent: {} }))
    await eventually(60, async () =>
      expect(await watched.told()).toEqual(expect.arrayContaining([`node-back ${gone}`, `node-rebooted ${gone}`])),
    )
  })

  it('knows which packages apt would update, and which of them fix security', async () => {
    for (const name of names())
      await eventually(180, async () => {
        const { pendingUpgrades, upgradable, securityUpgrades } = (await watched.node(name)).machine!
        expect(pendingUpgrades).toBe(upgradable.length)
        expect(upgradable).toEqual(expect.arrayContaining(securityUpgrades))
      })
  })

  it('leaves nothing on the nodes when it ends, and another worker goes on where it stopped', async () => {
    for (const name of names()) await eventually(60, async () => expect((await leftOn(name)).length).toBeGreaterThan(0))
    await eventually(60, async () => expect(await watched.told()).toContain('server-up pi-3'))
    await eventually(180, async () => expect(roles(await watched.seen())).toEqual(allThere))
    await watched.end()
    const told = await watched.told()
    await eventually(30, async () => expect(await Promise.all(names().map(leftOn))).toEqual(names().map(() => [])))
    const looks = new Set([(await watched.seen()).at])
    watched.begin('second')
    await eventually(90, async () => expect(looks.add((await watched.seen()).at).size).toBe(4))
    expect(await watched.told()).toEqual(told)
  })

  it('costs a node little', async () => {
    for (const name of names()) {
      const cpu = await watched.average(name, 'watchCpu')
      const memory = await watched.average(name, 'watchMemory')
      const roundTrip = await watched.average(name, 'roundTrip')
      console.log(
        `${name}: ${(cpu * 3600).toFixed(1)} CPU seconds an hour, ${(memory / 2 ** 20).toFixed(1)} MB, answers in ${roundTrip.toFixed(0)} ms`,
      )
      // On this machine; a Pi 4 takes about four times as long for the same.
      expect(cpu).toBeLessThan(0.05)
      expect(memory).toBeLessThan(40 * 2 ** 20)
    }
  })
})
