/** Open database sessions and reloads of HAProxy, clients that vanish or never sign in, and moving an older balancer over. */
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseConnections } from '@bramble/cluster'
import { startWriter } from '@bramble/provision/availability'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { powerOff, powerOn, type Release } from '../src/index.ts'
import { startCrowd } from './crowd.ts'
import { type Guests, type GuestsInput, startGuests } from './guests.ts'
import { makeOlder } from './older-balancer.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const balancers = ['pi-1', 'pi-2']
const database = ['etcd', 'postgres', 'web'] as const

/** Figures for the log of the run. */
const told = (words: string) => process.stdout.write(`measured: ${words}\n`)
const seconds = (since: number) => (performance.now() - since) / 1000

describe.each<[Release, number]>([
  ['trixie', 68],
  ['bookworm', 69],
])('on %s', (release, id) => {
  let stage: Stage
  let guests: Guests[] = []

  beforeAll(async () => {
    stage = await openStage({
      ...{ id, nodes: 5, release },
      change: (spec) => ({
        ...spec,
        preset: 'fast',
        // pi-4 and pi-5 are strangers.
        nodes: spec.nodes
          .slice(0, 3)
          .map((node, i) => ({ ...node, roles: [...database, ...(i < 2 ? (['balancer'] as const) : [])] })),
      }),
    })
    expect((await stage.apply()).outcome.status).toBe('succeeded')
    await serves()
  }, 15 * minute)
  afterAll(() => stage?.close(), 2 * minute)
  afterEach(() => {
    for (const group of guests) group.leave()
    guests = []
  })

  const serves = () =>
    eventually(240, async () => {
      await stage.allCopies()
      expect((await fetch(`${stage.site}api/visits`)).status).toBe(200)
    })

  /** A session through port 5000 that runs no query. `ended`: seconds since the moment that it is given. */
  async function openSession() {
    const client = new pg.Client({ ...stage.database(5000), connectionTimeoutMillis: 60_000 })
    const end = new Promise<number>((resolve) => {
      for (const event of ['error', 'end'] as const) client.once(event, () => resolve(performance.now()))
    })
    await client.connect()
    return {
      client,
      ended: async (since: number, most: number) => {
        const at = await Promise.race([end, sleep(most * 1000, null, { ref: false })])
        return at === null ? Number.POSITIVE_INFINITY : (at - since) / 1000
      },
    }
  }

  /** The primary off the balancers, so that its end is not that of the virtual IP. */
  async function primaryOnThird() {
    if ((await stage.primary()) !== 'pi-3') {
      const from = release === 'trixie' ? '--leader' : '--master'
      await stage.on(
        'pi-1',
        ...['patronictl', '-c', '/etc/patroni/config.yml', 'switchover', stage.spec.name, '--force'],
        ...[from, await stage.primary(), '--candidate', 'pi-3'],
      )
      await eventually(120, async () => expect(await stage.primary()).toBe('pi-3'))
    }
    await serves()
  }

  it.each(['haproxy.service', 'haproxy-postgres.service'])(
    'a session that was open at a reload of %s ends soon after its primary lost its power',
    async (unit) => {
      await primaryOnThird()
      const session = await openSession()
      for (const node of balancers) await stage.on(node, 'systemctl', 'reload', unit)
      expect((await session.client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      const since = performance.now()
      await powerOff({ id, node: 'pi-3' })
      const ended = await session.ended(since, 150)
      told(`${release}: session open over a reload of ${unit} ended ${ended.toFixed(1)} s after the loss of power`)
      await powerOn({ id, node: 'pi-3' })
      expect(ended).toBeLessThan(40)
      await serves()
    },
    8 * minute,
  )

  it(
    'pages come through reloads of the service for web traffic',
    async () => {
      const crowd = startCrowd(stage.site, 4)
      await eventually(60, async () => expect(crowd.answers()).toBeGreaterThan(40))
      for (const node of balancers) await stage.on(node, 'systemctl', 'reload', 'haproxy.service')
      const before = crowd.answers()
      await eventually(60, async () => expect(crowd.answers()).toBeGreaterThan(before + 100))
      await crowd.stop()
      told(`${release}: ${crowd.failures().length} of ${crowd.answers()} pages failed over reloads`)
      expect(crowd.failures()).toEqual([])
    },
    3 * minute,
  )

  const come = async (node: string, kind: GuestsInput['kind'], count: number) => {
    const { name, user } = stage.spec.database
    const password = stage.secrets.application.reveal()
    const group = await startGuests({
      ...{ id, node, host: stage.spec.vip, port: 5000, database: name, user, password, kind, count },
    })
    guests.push(group)
    return group
  }

  /** Seconds until a new client, who tries again and again, is served. */
  async function newClient(): Promise<number> {
    const since = performance.now()
    await eventually(180, async () => {
      const client = new pg.Client({ ...stage.database(5000), connectionTimeoutMillis: 30_000 })
      client.on('error', () => undefined)
      await client.connect()
      await client.query('select 1')
      await client.end()
    })
    return seconds(since)
  }

  /** Connections that a frontend of the balancer with the virtual IP holds. */
  const heldBy = async (frontend: string) => {
    const script = `import socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect('/run/haproxy/postgres.sock')
link.sendall(b'show stat -1 1 -1\\n')
print(b''.join(iter(lambda: link.recv(65536), b'')).decode())`
    const texts = await Promise.all(balancers.map((node) => stage.on(node, 'python3', '-c', script)))
    const rows = texts.flatMap((text) => text.split('\n')).filter((line) => line.startsWith(`${frontend},`))
    return rows.reduce((sum, row) => sum + Number(row.split(',')[4]), 0)
  }

  const sessionsOf = async (user: string) =>
    Number(
      await stage.on(
        await stage.primary(),
        ...['runuser', '-u', 'postgres', '--', 'psql', '-Atc'],
        `select count(*) from pg_stat_activity where usename = '${user}' and client_addr is not null`,
      ),
    )

  it(
    'clients that vanish leave their places within a minute, and one address never takes all',
    async () => {
      const first = await come('pi-4', 'session', 34)
      expect(first.kept).toBe(databaseConnections.perAddress)
      const beside = await newClient()
      told(
        `${release}: beside 34 sessions of one stranger (${first.kept} got in) a new client is served after ${beside.toFixed(1)} s`,
      )
      expect(beside).toBeLessThan(8)
      await come('pi-5', 'session', databaseConnections.clients)
      await eventually(60, async () => expect(await sessionsOf(stage.spec.database.user)).toBeGreaterThan(30))
      const since = performance.now()
      await Promise.all(['pi-4', 'pi-5'].map((node) => powerOff({ id, node })))
      const waited = await newClient()
      await eventually(180, async () => expect(await sessionsOf(stage.spec.database.user)).toBeLessThan(10))
      told(
        `${release}: with all places taken by vanished clients a new one waits ${waited.toFixed(1)} s; all places free after ${seconds(since).toFixed(1)} s`,
      )
      expect(waited).toBeLessThan(60)
      expect(seconds(since)).toBeLessThan(90)
      await Promise.all(['pi-4', 'pi-5'].map((node) => powerOn({ id, node })))
    },
    6 * minute,
  )

  it(
    'strangers who never sign in keep nobody out',
    async () => {
      const silent = await come('pi-4', 'plain', 45)
      const besideSilent = await newClient()
      told(
        `${release}: beside 45 silent connections (${silent.kept} got in) a new client is served after ${besideSilent.toFixed(1)} s`,
      )
      for (const group of guests) group.leave()
      // Those that say nothing are cut after 5 s; a few are the site's own.
      await eventually(60, async () => expect(await heldBy('postgres-read-write')).toBeLessThan(15))
      const half = await come('pi-4', 'half', 45)
      const besideHalf = await newClient()
      told(
        `${release}: beside 45 half-open handshakes (${half.kept} got in) a new client is served after ${besideHalf.toFixed(1)} s`,
      )
      const both = await come('pi-5', 'half', 45)
      const afterBoth = await newClient()
      told(
        `${release}: beside 90 half-open handshakes of two addresses (${both.kept} more got in) after ${afterBoth.toFixed(1)} s`,
      )
      expect([half.kept, both.kept].every((kept) => kept <= databaseConnections.perAddress)).toBe(true)
      expect(half.kept).toBeGreaterThan(0)
      expect([besideSilent, besideHalf, afterBoth].map((took) => took < 20)).toEqual([true, true, true])
    },
    5 * minute,
  )

  it(
    'a cluster of an older Bramble moves over by a plan that says what it costs, and its ports listen all the time',
    async () => {
      for (const node of balancers) await makeOlder(stage, node)
      await serves()
      const crowd = startCrowd(stage.site, 4)
      const writer = await startWriter(stage.writing)
      const session = await openSession()
      const refused: string[] = []
      let probing = true
      const probe = (async () => {
        while (probing) {
          const client = new pg.Client({ ...stage.database(5000), connectionTimeoutMillis: 10_000 })
          client.on('error', () => undefined)
          await client.connect().catch((error: Error) => refused.push(error.message))
          await client.end().catch(() => undefined)
          await sleep(50)
        }
      })()
      try {
        const plan = await stage.plan()
        const words = plan.nodes.flatMap(({ steps }) => (steps ?? []).map((step) => step.disrupts ?? ''))
        expect(words.join('\n')).toContain('open database sessions through pi-1 are closed once and reconnect')
        const { outcome } = await stage.apply()
        expect(outcome.status).toBe('succeeded')
        expect(await session.ended(performance.now(), 30)).toBeLessThan(30)
        await writer.next(30)
      } finally {
        probing = false
        await Promise.all([probe, crowd.stop(), writer.stop()])
      }
      told(
        `${release}: moving over: longest time without a write ${writer.outage().toFixed(2)} s, ${writer.failed()} writes failed, ` +
          `${refused.length} new connections broken off, ${crowd.failures().length} of ${crowd.answers()} pages failed`,
      )
      expect(await writer.missing()).toEqual([])
      await writer.forget()
      expect(writer.outage()).toBeLessThan(5)
      // The ports listen all the time; a connection that is being opened ends with the open ones, once on a balancer.
      expect(refused.filter((words) => words.includes('ECONNREFUSED'))).toEqual([])
      expect(refused.length).toBeLessThanOrEqual(2 * balancers.length)
      // The old HAProxy closes connections that browsers kept, once; they ask again by themselves.
      expect(crowd.failures().length).toBeLessThanOrEqual(4)
      expect((await stage.plan()).changes).toBe(0)
    },
    8 * minute,
  )
})
