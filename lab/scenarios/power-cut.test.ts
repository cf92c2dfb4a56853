/** All Pis lose power at once: the cluster comes back by itself. What does not, Bramble mends: a broken copy, a strange one. */
import { operate } from '@bramble/provision'
import { startWitness } from '@bramble/provision/availability'
import { lacks, takeHealth } from '@bramble/provision/drill'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { powerOff, powerOn } from '../src/index.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
beforeAll(async () => {
  const change: Parameters<typeof openStage>[0]['change'] = (spec) => ({ ...spec, synchronous: true, preset: 'fast' })
  stage = await openStage({ id: 52, nodes: 4, built: true, change })
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)

const whole = (seconds = 300) =>
  eventually(seconds, async () => {
    expect(lacks(stage.spec, await takeHealth(stage))).toEqual([])
  })

const copies = () => stage.spec.nodes.filter(({ roles }) => roles.includes('postgres')).map(({ name }) => name)
const folder = () => `/var/lib/postgresql/17/${stage.spec.name}`

it(
  'serves again by itself when all Pis lose power at once, and no acknowledged write is missing',
  async () => {
    const { id, spec, secrets } = stage
    const witness = await startWitness(spec, secrets, { patience: 60 })
    try {
      await eventually(60, async () => expect(Math.max(...Object.values(witness.silence()))).toBeLessThan(1))
      await Promise.all(spec.nodes.map(({ name }) => powerOff({ id, node: name })))
      const power = Date.now()
      await Promise.all(spec.nodes.map(({ name }) => powerOn({ id, node: name })))
      await eventually(180, async () => expect(Math.max(...Object.values(witness.silence()))).toBeLessThan(1))
      const serving = (Date.now() - power) / 1000
      await whole()
      const everything = (Date.now() - power) / 1000
      const sight = await witness.finish(60)
      process.stderr.write(
        `power → serving ${serving.toFixed(1)} s, → whole ${everything.toFixed(1)} s; ${sight.acknowledged} acknowledged, ${sight.lost} lost\n`,
      )
      expect(sight.lost).toBe(0)
      expect(sight.acknowledged).toBeGreaterThan(10)
      expect(serving).toBeLessThan(150)
    } finally {
      await witness.end()
    }
  },
  10 * minute,
)

it(
  'brings a replica back by itself that went its own way',
  async () => {
    const primary = await stage.primary()
    const stray = copies().find((name) => name !== primary)!
    const control = (...argv: string[]) =>
      stage.on(stray, 'runuser', '-u', 'postgres', '--', '/usr/lib/postgresql/17/bin/pg_ctl', '-D', folder(), ...argv)
    await stage.on(stray, 'systemctl', 'stop', 'patroni')
    // Its own primary for a moment, with a row that nobody else has.
    await control('-w', '-o', '-c listen_addresses=', '-l', '/dev/null', 'start')
    await control('-w', 'promote')
    await stage.on(
      stray,
      'runuser',
      '-u',
      'postgres',
      '--',
      'psql',
      '-d',
      stage.spec.database.name,
      '-c',
      'create table stray ()',
    )
    await control('-w', '-m', 'fast', 'stop')
    await stage.on(stray, 'systemctl', 'start', 'patroni')
    await whole()
    const tables = await stage.on(
      stray,
      ...['runuser', '-u', 'postgres', '--', 'psql', '-At', '-d', stage.spec.database.name],
      ...['-c', "select count(*) from pg_tables where tablename = 'stray'"],
    )
    expect(tables.trim()).toBe('0')
  },
  10 * minute,
)

it(
  'clones a copy anew that a power cut has broken',
  async () => {
    const { spec, secrets, fleet } = stage
    const primary = await stage.primary()
    const broken = copies().find((name) => name !== primary)!
    await stage.on(broken, 'systemctl', 'stop', 'patroni')
    await stage.on(
      broken,
      'dd',
      'if=/dev/zero',
      `of=${folder()}/global/pg_control`,
      'bs=8192',
      'count=1',
      'conv=notrunc',
    )
    await stage.on(broken, 'systemctl', 'start', 'patroni')
    await eventually(120, async () =>
      expect(lacks(spec, await takeHealth(stage)).join()).toContain(`${broken} is not replicating`),
    )
    const outcome = await operate({
      ...{ spec, secrets, fleet, operation: { kind: 'reinit', node: broken }, since: new Date() },
      ...{ signal: new AbortController().signal, emit: () => undefined },
    })
    expect(outcome.message).toContain('was reinitialized')
    await whole()
  },
  12 * minute,
)

it(
  'lets a voter join anew whose store a power cut has broken',
  async () => {
    const voter = stage.spec.nodes.find(({ roles }) => roles.includes('etcd'))!.name
    await stage.on(voter, 'systemctl', 'stop', 'etcd')
    await stage.on(
      voter,
      ...['find', '/var/lib/etcd/bramble/member', '-type', 'f', '(', '-name', '*.wal', '-o', '-name', 'db', ')'],
      ...['-exec', 'dd', 'if=/dev/zero', 'of={}', 'bs=4096', 'count=16', 'conv=notrunc', ';'],
    )
    await stage.on(voter, 'systemctl', 'start', 'etcd')
    // It tries every few seconds, and Bramble says what is wrong with it.
    await eventually(180, async () => {
      const plan = await stage.plan()
      const step = plan.nodes.find(({ node }) => node === voter)?.steps?.find(({ id }) => id === 'etcd/store')
      expect(step).toMatchObject({ verdict: 'todo', because: expect.stringContaining('etcd cannot read it') })
    })
    const { outcome } = await stage.apply()
    expect(outcome.status, outcome.message).toBe('succeeded')
    await whole()
    expect((await stage.plan()).changes).toBe(0)
  },
  12 * minute,
)
