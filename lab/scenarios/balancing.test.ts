/** Servers of HAProxy are taken out of service and back while people use the site, and stay out as long as they should. */
import { type RunEvent, type RunOutcome, ServerSwitch } from '@bramble/cluster'
import { keepSwitches, type SwitchInput, switchServer } from '@bramble/provision'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { powerOff, powerOn } from '../src/index.ts'
import { type Crowd, startCrowd } from './crowd.ts'
import { askHaproxy } from './haproxy-socket.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const balancers = ['pi-1', 'pi-2']
let stage: Stage
let crowd: Crowd | undefined

beforeAll(async () => {
  stage = await openStage({ id: 34, nodes: 3, built: true })
  await eventually(120, async () => {
    expect((await fetch(`${stage.site}api/visits`)).status).toBe(200)
    const servers = stage.spec.nodes.map(({ name }) => name)
    expect((await Promise.all(servers.map((name) => stateOf(name)))).flat()).toEqual(Array(6).fill('UP'))
  })
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)
afterEach(async () => {
  await crowd?.stop()
  crowd = undefined
  // What one leaves out of service, or failed midway, is not the next one's trouble.
  for (const node of balancers) await powerOn({ id: stage.id, node })
  await eventually(120, async () => {
    for (const { name } of stage.spec.nodes) expect((await ask({ server: name })).outcome.status).toBe('succeeded')
  })
}, 4 * minute)

/** Asks for a switch as a worker does, and returns what was told beside the outcome. */
async function ask(change: Partial<ServerSwitch>, over: Partial<SwitchInput> = {}) {
  const events: RunEvent[] = []
  const outcome: RunOutcome = await switchServer({
    spec: stage.spec,
    fleet: stage.fleet,
    change: ServerSwitch.parse({ backend: 'web', server: 'pi-3', state: 'ready', wait: 60, ...change }),
    signal: new AbortController().signal,
    cancelled: () => false,
    emit: (event) => events.push(event),
    ...over,
  })
  return { outcome, events, log: logOf(events) }
}

const logOf = (events: readonly RunEvent[]) => events.flatMap((event) => (event.type === 'log' ? [event.text] : []))

/** `socket`: of the HAProxy for web traffic, or of the one for PostgreSQL. */
const runtime = (node: string, command: string, socket: 'admin' | 'postgres' = 'admin') =>
  askHaproxy(stage, node, command, socket)

/** HAProxy's row for a server on each balancer; empty where it does not answer. */
async function rowsOf(server: string, backend = 'web'): Promise<string[][]> {
  const socket = backend.startsWith('postgres-') ? 'postgres' : 'admin'
  const answers = await Promise.all(balancers.map((node) => runtime(node, 'show stat', socket).catch(() => '')))
  return answers.map(
    (text) =>
      text
        .split('\n')
        .find((line) => line.startsWith(`${backend},${server},`))
        ?.split(',') ?? [],
  )
}

/** HAProxy's word for a server on each balancer, without the count of checks ("UP 1/2") that a busy machine missed. */
const stateOf = async (server: string, backend = 'web') =>
  (await rowsOf(server, backend)).map((row) => row[17]?.split(' ')[0] ?? 'none')

/** Sessions open with a web server, through all balancers. */
const sessionsOf = async (server: string) => (await rowsOf(server)).reduce((sum, row) => sum + Number(row[4] ?? 0), 0)

describe('a web server under load', () => {
  it(
    'is drained without a failed request, gets nothing new, and comes back',
    async () => {
      crowd = startCrowd(stage.site, 12)
      await eventually(60, async () => expect(crowd!.servedSince(0)).toEqual(['pi-1', 'pi-2', 'pi-3']))
      const { outcome, log } = await ask({ state: 'drain' })
      const since = performance.now()
      expect(outcome).toMatchObject({ status: 'succeeded', changed: 2 })
      expect(outcome.message).toBe('pi-3 gets no new sessions in web. It has no open sessions.')
      expect(log.at(-1)).toBe('pi-3 has no open sessions')
      expect(await stateOf('pi-3')).toEqual(['DRAIN', 'DRAIN'])
      const before = crowd.answers()
      await eventually(60, async () => expect(crowd!.answers()).toBeGreaterThan(before + 200))
      expect(crowd.servedSince(since)).toEqual(['pi-1', 'pi-2'])
      const back = await ask({ state: 'ready' })
      expect(back.outcome).toMatchObject({ status: 'succeeded', message: 'pi-3 is in service in web again.' })
      const again = performance.now()
      await eventually(60, async () => expect(crowd!.servedSince(again)).toContain('pi-3'))
      await crowd.stop()
      expect(crowd.failures()).toEqual([])
    },
    3 * minute,
  )

  it(
    'in maintenance stays so over a reload, a restart, a crash and a power cut of a balancer, and over a reprovision',
    async () => {
      crowd = startCrowd(stage.site, 6)
      const { outcome } = await ask({ state: 'maint' })
      expect(outcome).toMatchObject({ status: 'succeeded', message: 'pi-3 is in maintenance in web.' })
      const since = performance.now()
      const both = () => eventually(30, async () => expect(await stateOf('pi-3')).toEqual(['MAINT', 'MAINT']))
      await both()
      for (const command of [
        ['systemctl', 'reload', 'haproxy'],
        ['systemctl', 'restart', 'haproxy'],
        ['systemctl', 'kill', '-s', 'KILL', 'haproxy'],
      ])
        for (const node of balancers) {
          await stage.on(node, ...command)
          await both()
        }
      await powerOff({ id: stage.id, node: 'pi-1' })
      await powerOn({ id: stage.id, node: 'pi-1' })
      await eventually(90, async () => expect(await stateOf('pi-3')).toEqual(['MAINT', 'MAINT']))
      for (const node of balancers) await stage.on(node, 'sed', '-i', '1i # by hand', '/etc/haproxy/haproxy.cfg')
      const again = await eventually(120, async () => {
        const { outcome } = await stage.apply()
        expect(outcome.status).toBe('succeeded')
        return outcome
      })
      expect(again.changed).toBeGreaterThan(0)
      expect(await stateOf('pi-3')).toEqual(['MAINT', 'MAINT'])
      expect(crowd.answers()).toBeGreaterThan(100)
      expect(crowd.servedSince(since)).not.toContain('pi-3')
    },
    10 * minute,
  )

  it(
    'keeps its open request until the time is over, says how many are left, and maintenance cuts them',
    async () => {
      const locker = new pg.Client(stage.database(5000))
      locker.on('error', () => undefined)
      await locker.connect()
      try {
        await locker.query('begin; lock table visits in access exclusive mode')
        // They hang on the lock for the 3 s that the site waits for one, or queue for as long behind those that do.
        const hanging = Array.from({ length: 30 }, () =>
          fetch(`${stage.site}api/visits`).then((answer) => answer.status),
        )
        const settled = Promise.allSettled(hanging)
        await eventually(30, async () => expect(await sessionsOf('pi-3')).toBeGreaterThan(0))
        const { outcome, log } = await ask({ state: 'maint', wait: 1 })
        expect(log.join('\n')).toMatch(/pi-3 still has \d+ sessions?( \(|$)/m)
        expect(outcome.status).toBe('succeeded')
        expect(outcome.message).toMatch(/^pi-3 is in maintenance in web\. \d+ sessions? closed\.$/)
        await locker.query('rollback')
        const ends = await settled
        expect(ends.filter((end) => end.status === 'fulfilled' && end.value === 200).length).toBeGreaterThan(0)
      } finally {
        await locker.end()
      }
    },
    3 * minute,
  )

  it(
    'is as it was when the run is cancelled',
    async () => {
      const client = new pg.Client(stage.database(5001))
      await client.connect()
      const { rows } = await client.query<{ host: string }>('select host(inet_server_addr()) as host')
      const server = stage.spec.nodes.find((node) => node.address === rows[0]!.host)!.name
      const cancel = new AbortController()
      const { outcome, log } = await ask(
        { backend: 'postgres-replicas', server, state: 'drain', wait: 600 },
        {
          signal: cancel.signal,
          cancelled: () => true,
          emit: (event) => {
            if (event.type === 'log' && /still has 1 session/.test(event.text)) cancel.abort()
          },
        },
      )
      expect(log).toEqual([])
      expect(outcome).toMatchObject({ status: 'cancelled' })
      expect(outcome.message).toBe(`Canceled: ${server} is back in its previous state in postgres-replicas.`)
      await eventually(30, async () => expect(await stateOf(server, 'postgres-replicas')).toEqual(['UP', 'UP']))
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      await client.end()
    },
    2 * minute,
  )

  it(
    'is refused when it is the last one, unless that was confirmed',
    async () => {
      await ask({ server: 'pi-1', state: 'maint' })
      await ask({ server: 'pi-2', state: 'drain' })
      await expect(ask({ state: 'drain' })).rejects.toMatchObject({
        code: 'last-server',
        message: 'pi-3 is the only web server that is up: without it the site returns 503.',
      })
      await eventually(30, async () => expect(await stateOf('pi-3')).toEqual(['UP', 'UP']))
      const { outcome } = await ask({ state: 'drain', evenLast: true })
      expect(outcome.status).toBe('succeeded')
      expect((await fetch(stage.site)).status).toBe(503)
      const primary = await stage.primary()
      await expect(ask({ backend: 'postgres-primary', server: primary, state: 'maint' })).rejects.toMatchObject({
        message: `${primary} is the primary: without it, writes on port 5000 fail.`,
      })
      // A replica is down in the backend of the primary: what people ask of it holds all the same.
      const replica = stage.spec.nodes.find(({ name }) => name !== primary)!.name
      const drain = await ask({ backend: 'postgres-primary', server: replica, state: 'drain' })
      expect(drain.outcome).toMatchObject({ status: 'succeeded', changed: 2 })
      const ready = await ask({ backend: 'postgres-primary', server: replica, state: 'ready' })
      expect(ready.outcome).toMatchObject({ status: 'succeeded', changed: 2 })
    },
    3 * minute,
  )

  it(
    'that HAProxy does not know is refused, and a balancer that is away makes the run partial',
    async () => {
      const strange = { ...stage.spec, nodes: stage.spec.nodes }
      await expect(ask({ server: 'pi-9', state: 'drain' }, { spec: strange })).rejects.toMatchObject({
        code: 'server-unknown',
      })
      await powerOff({ id: stage.id, node: 'pi-2' })
      const { outcome } = await ask({ state: 'drain' })
      expect(outcome.status).toBe('partial')
      expect(outcome.nodes.map(({ node, outcome }) => [node, outcome])).toEqual([
        ['pi-1', 'succeeded'],
        ['pi-2', 'unreachable'],
      ])
      expect(outcome.message).toContain('pi-2 was not changed:')
      await powerOn({ id: stage.id, node: 'pi-2' })
      await eventually(90, async () => expect(await stateOf('pi-3')).toEqual(['DRAIN', 'UP']))
      // What a provision run does at its end: the balancer learns what it missed.
      const events: RunEvent[] = []
      const standing = [ServerSwitch.parse({ backend: 'web', server: 'pi-3', state: 'drain' })]
      const { spec, fleet } = stage
      const { signal } = new AbortController()
      await keepSwitches({ spec, fleet, standing, only: balancers, signal, emit: (event) => events.push(event) })
      expect(await stateOf('pi-3')).toEqual(['DRAIN', 'DRAIN'])
      expect(logOf(events)).toEqual(['Drain pi-3 in web: requested earlier, and missing on this load balancer'])
    },
    5 * minute,
  )

  it(
    'moves with its port and address when the configuration changes, whatever was written down',
    async () => {
      await ask({ state: 'drain' })
      const config = '/etc/haproxy/haproxy.cfg'
      await stage.on('pi-1', 'sed', '-i', 's/^  server pi-3 \\(.*\\):8000 check/  server pi-3 \\1:8001 check/', config)
      await stage.on('pi-1', 'systemctl', 'reload', 'haproxy')
      // The process from before may still answer for a moment.
      await eventually(30, async () => {
        const place = await runtime('pi-1', 'show servers state web')
        const row = place.split('\n').find((line) => line.includes(' pi-3 '))
        expect([row?.split(' ')[18], row?.split(' ')[6]]).toEqual(['8001', '8'])
      })
      expect((await stage.apply()).outcome.status).toBe('succeeded')
      expect(await stateOf('pi-3')).toEqual(['DRAIN', 'DRAIN'])
      await ask({ state: 'ready' })
      await eventually(30, async () => expect(await stateOf('pi-3')).toEqual(['UP', 'UP']))
    },
    4 * minute,
  )
})
