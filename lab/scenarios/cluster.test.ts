/** The main job on Trixie: four virtual Pis become a cluster, stay one, and survive the loss of each of its parts. */

import { siteDoor, startVisitor, startWriter } from '@bramble/provision/availability'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cut, heal, powerOff, powerOn } from '../src/index.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ id: 31, nodes: 4, golden: false, change: (spec) => ({ ...spec, synchronous: true }) })
}, 10 * minute)
afterAll(() => stage?.close(), 2 * minute)
// What one leaves without power or cut off is not the next one's trouble.
afterEach(async () => {
  for (const { name: node } of stage.spec.nodes) {
    await powerOn({ id: stage.id, node })
    await heal({ id: stage.id, node })
  }
}, 4 * minute)

const siteAnswers = () =>
  eventually(120, async () =>
    expect((await fetch(stage.site, { signal: AbortSignal.timeout(5_000) })).status).toBe(200),
  )

describe('a cluster of four', () => {
  it(
    'is built from nothing',
    async () => {
      const { outcome } = await stage.apply()
      expect(outcome.message).toMatch(/^All 4 nodes are done/)
      expect(outcome.status).toBe('succeeded')
      await stage.allCopies()
      const writer = await startWriter(stage.writing)
      await writer.next(30)
      await writer.stop()
      expect(await writer.missing()).toEqual([])
    },
    10 * minute,
  )

  it(
    'answers HTTP from every web node in turn, and the site reads and writes the database',
    async () => {
      const web = stage.spec.nodes.filter((node) => node.roles.includes('web')).map((node) => node.name)
      const seen = new Set<string>()
      await eventually(60, async () => {
        const answer = await fetch(`${stage.site}api/visits`, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(15_000),
        })
        const text = await answer.text()
        expect(answer.status, text).toBe(200)
        for (const name of web) if (text.includes(name)) seen.add(name)
        expect([...seen].sort()).toEqual(web)
      })
    },
    2 * minute,
  )

  it(
    'changes nothing the second time',
    async () => {
      const found = await stage.plan()
      expect(
        found.nodes.flatMap(({ node, steps }) =>
          (steps ?? [])
            .filter((step) => step.verdict !== 'settled')
            .map((step) => `${node} ${step.id}: ${step.because}`),
        ),
      ).toEqual([])
      const { outcome, events } = await stage.apply()
      expect(outcome).toMatchObject({ status: 'succeeded', changed: 0 })
      expect(events.filter((event) => event.type === 'step-started')).toEqual([])
    },
    2 * minute,
  )

  it(
    'shows a config edited by hand as drift and mends it',
    async () => {
      await stage.on('pi-1', 'sed', '-i', 's/^global/# by hand\\nglobal/', '/etc/haproxy/haproxy.cfg')
      const found = await stage.plan()
      const todo = found.nodes.flatMap(({ node, steps }) =>
        (steps ?? []).filter((step) => step.verdict === 'todo').map((step) => [node, step]),
      )
      expect(todo[0]).toMatchObject(['pi-1', { because: 'content differs' }])
      expect(JSON.stringify(todo[0])).toContain('-# by hand')
      const { outcome } = await stage.apply({ approved: found.digest })
      expect(outcome.status).toBe('succeeded')
      expect(outcome.changed).toBeGreaterThan(0)
      expect((await stage.plan()).changes).toBe(0)
    },
    4 * minute,
  )

  it(
    'hands the primary over before its PostgreSQL restarts',
    async () => {
      await stage.allCopies()
      const before = await stage.primary()
      const config = ['patronictl', '-c', '/etc/patroni/config.yml']
      await stage.on(
        before,
        'sed',
        '-i',
        's/^    shared_buffers: .*/    shared_buffers: "48MB"/',
        '/etc/patroni/config.yml',
      )
      await stage.on(before, ...config, 'reload', '--force', stage.spec.name, before)
      await eventually(60, async () =>
        expect(await stage.on(before, ...config, 'list', '-e', '-f', 'json')).toContain('*'),
      )
      await stage.on(before, ...config, 'restart', '--force', stage.spec.name, before)
      await stage.allCopies()
      const writer = await startWriter(stage.writing)
      await writer.next(30)
      const { outcome, events } = await stage.apply()
      expect(outcome.message).toMatch(/^All 4 nodes are done/)
      await writer.stop()
      expect(await stage.primary()).not.toBe(before)
      const restarts = events.filter((event) => event.type === 'step-settled' && event.step === 'postgres/restart')
      // Whoever hands over starts PostgreSQL anew as a replica, with the new setting: nothing is left for the step.
      expect(restarts).toMatchObject([{ node: before }])
      const held = await stage.on(before, 'runuser', '-u', 'postgres', '--', 'psql', '-XAtc', 'show shared_buffers')
      expect(held.trim()).not.toBe('48MB')
      expect(writer.outage()).toBeLessThan(15)
      expect(await writer.missing()).toEqual([])
      expect((await stage.plan()).changes).toBe(0)
    },
    6 * minute,
  )

  it(
    'refuses a plan that was approved for another world',
    async () => {
      const found = await stage.plan()
      await stage.on('pi-1', 'sed', '-i', '1i # by hand', '/etc/haproxy/haproxy.cfg')
      await expect(stage.apply({ approved: found.digest })).rejects.toMatchObject({ code: 'plan-changed' })
      expect(await stage.on('pi-1', 'head', '-1', '/etc/haproxy/haproxy.cfg')).toBe('# by hand\n')
      expect((await stage.apply()).outcome.status).toBe('succeeded')
    },
    4 * minute,
  )

  it(
    'writes again within 40 s when the primary loses power, loses no acknowledged write, and takes the node back',
    async () => {
      await stage.allCopies()
      const before = await stage.primary()
      const writer = await startWriter(stage.writing)
      await writer.next(30)
      await powerOff({ id: stage.id, node: before })
      await writer.next(60)
      await powerOn({ id: stage.id, node: before })
      await stage.allCopies()
      await writer.stop()
      expect(await stage.primary()).not.toBe(before)
      expect(writer.outage()).toBeLessThan(40)
      expect(await writer.missing()).toEqual([])
    },
    6 * minute,
  )

  it(
    'loses no acknowledged write when the primary is cut off and comes back',
    async () => {
      await stage.allCopies()
      const before = await stage.primary()
      const writer = await startWriter(stage.writing)
      await writer.next(30)
      await cut({ id: stage.id, node: before })
      await writer.next(60)
      await heal({ id: stage.id, node: before })
      await stage.allCopies()
      await writer.stop()
      expect(writer.outage()).toBeLessThan(40)
      expect(await writer.missing()).toEqual([])
    },
    6 * minute,
  )

  it(
    'answers HTTP on the virtual IP within 10 s when the first balancer loses power',
    async () => {
      // What the tests before did to the balancers is over before the time is taken.
      await siteAnswers()
      const visitor = startVisitor(siteDoor(stage.spec))
      try {
        await eventually(60, async () => expect(visitor.answered()).toBeGreaterThan(10))
        await powerOff({ id: stage.id, node: 'pi-1' })
        await siteAnswers()
      } finally {
        await visitor.stop()
      }
      expect(visitor.outage()).toBeLessThan(10)
    },
    3 * minute,
  )

  it(
    'says which node is away and finishes the others',
    async () => {
      await stage.allCopies()
      await powerOff({ id: stage.id, node: 'pi-1' })
      await siteAnswers()
      const { outcome } = await stage.apply()
      expect(outcome.status).toBe('partial')
      expect(outcome.nodes.map(({ node, outcome }) => [node, outcome])).toEqual([
        ['pi-1', 'unreachable'],
        ['pi-2', 'succeeded'],
        ['pi-3', 'succeeded'],
        ['pi-4', 'succeeded'],
      ])
      expect(outcome.message).toContain('pi-1')
      await powerOn({ id: stage.id, node: 'pi-1' })
      await eventually(180, async () => expect((await stage.apply()).outcome.status).toBe('succeeded'))
    },
    6 * minute,
  )
})
