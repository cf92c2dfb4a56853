import { type ClusterSpec, type RunEvent, ServerSwitch } from '@bramble/cluster'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spec } from '../../test/context.ts'
import { type PlayedHaproxy, type PlayedServer, playHaproxy } from '../../test/haproxy.ts'
import type { Fleet } from '../engine/transport.ts'
import { Trouble } from '../engine/types.ts'
import { keepSwitches } from './keep.ts'
import { type SwitchInput, switchServer } from './switch.ts'

const lookMs = 20
let first: PlayedHaproxy
let second: PlayedHaproxy
let away: Set<string>

const servers = (): PlayedServer[] => [
  ...['pi-2', 'pi-3', 'pi-4'].map((server) => ({
    backend: 'web',
    server,
    up: true,
    asked: 'ready' as const,
    sessions: 0,
  })),
  ...['pi-2', 'pi-3', 'pi-4'].map((server) => ({
    ...{ backend: 'postgres-primary', server, up: server === 'pi-3', asked: 'ready' as const, sessions: 0 },
  })),
]

beforeEach(async () => {
  away = new Set()
  first = await playHaproxy(servers())
  second = await playHaproxy(servers())
})
afterEach(() => Promise.all([first.stop(), second.stop()]))

const fleet: Fleet = {
  async connect(node) {
    if (away.has(node.name)) throw new Trouble('unreachable', `${node.name} does not answer.`, 'Look at its power.')
    return (node.name === 'pi-1' ? first : second).transport
  },
  async close() {},
}

async function ask(
  change: Partial<ServerSwitch>,
  over: Partial<SwitchInput> & { onLog?: (text: string) => void } = {},
) {
  const events: RunEvent[] = []
  const { onLog, ...rest } = over
  const outcome = await switchServer({
    ...{ spec: spec as ClusterSpec, fleet, lookMs, signal: new AbortController().signal, cancelled: () => false },
    change: ServerSwitch.parse({ backend: 'web', server: 'pi-3', state: 'drain', wait: 60, ...change }),
    emit: (event) => {
      events.push(event)
      if (event.type === 'log') onLog?.(event.text)
    },
    ...rest,
  })
  return { outcome, events, log: logOf(events) }
}

const logOf = (events: readonly RunEvent[]) => events.flatMap((event) => (event.type === 'log' ? [event.text] : []))
const at = (haproxy: PlayedHaproxy, server = 'pi-3', backend = 'web') =>
  haproxy.servers.find((entry) => entry.server === server && entry.backend === backend)!

describe('a drain', () => {
  it('is said to both balancers and tells how many sessions are left, each time that changes', async () => {
    at(first).sessions = 3
    at(second).sessions = 1
    const { outcome, log } = await ask(
      {},
      {
        onLog: (text) => {
          if (text.includes('4 sessions')) at(first).sessions = 0
          else if (text.includes('1 session')) at(second).sessions = 0
        },
      },
    )
    expect(log).toEqual([
      'pi-3 still has 4 sessions (3 through pi-1, 1 through pi-4)',
      'pi-3 still has 1 session (1 through pi-4)',
      'pi-3 has no open sessions',
    ])
    expect(outcome).toMatchObject({ status: 'succeeded', changed: 2 })
    expect([first.said, second.said]).toEqual(Array(2).fill(['set server web/pi-3 state drain']))
  })
  it('whose time is over leaves the sessions and is done in part', async () => {
    at(first).sessions = 2
    const { outcome } = await ask({ wait: 1 })
    expect(outcome.status).toBe('partial')
    expect(outcome.message).toMatch(
      /^pi-3 gets no new sessions in web\. 2 sessions are still open after 1 s: maintenance would close them\./,
    )
    expect(at(first)).toMatchObject({ asked: 'drain', sessions: 2 })
  })
  it('of a server that is down holds too, though the statistics say nothing of it', async () => {
    const { outcome } = await ask({ backend: 'postgres-primary', server: 'pi-2', state: 'drain' })
    expect(outcome.status).toBe('succeeded')
    expect(at(first, 'pi-2', 'postgres-primary').asked).toBe('drain')
  })
  it('reaches the service that has the backend, be it one of two or one for all', async () => {
    await first.stop()
    first = await playHaproxy(servers(), true)
    const { outcome } = await ask({ backend: 'postgres-primary', server: 'pi-2', state: 'drain' })
    expect(outcome.status).toBe('succeeded')
    expect(Object.values([first, second]).map(({ servers }) => servers[3]!.asked)).toEqual(['drain', 'drain'])
  })
  it('of a web server does without the HAProxy for PostgreSQL, and the other way round not', async () => {
    await first.silence('postgres')
    expect((await ask({})).outcome.status).toBe('succeeded')
    const { outcome } = await ask({ backend: 'postgres-primary', server: 'pi-2', state: 'drain' })
    expect(outcome.status).toBe('partial')
    expect(outcome.message).toContain('HAProxy for PostgreSQL is not responding on its socket')
  })
  it('that HAProxy forgets meanwhile is said again', async () => {
    at(first).sessions = 1
    let forgotten = false
    const { log } = await ask(
      {},
      {
        onLog: () => {
          if (forgotten) at(first).sessions = 0
          else at(first).asked = 'ready'
          forgotten = true
        },
      },
    )
    expect(log).toContain('HAProxy on pi-1 lost the setting. Applying it again.')
    expect(at(first).asked).toBe('drain')
  })
})

it('maintenance drains first, and cuts what is left when the time is over', async () => {
  at(second).sessions = 2
  const { outcome } = await ask({ state: 'maint', wait: 1 })
  expect(second.said).toEqual([
    'set server web/pi-3 state drain',
    'set server web/pi-3 state maint',
    'shutdown sessions server web/pi-3',
  ])
  expect(outcome).toMatchObject({ status: 'succeeded' })
  expect(outcome.message).toMatch(/^pi-3 is in maintenance in web\. 2 sessions closed\./)
})

it('says when a balancer has no program to keep it', async () => {
  expect((await ask({})).outcome.message).toMatch(
    /pi-1, pi-4 loses this setting when HAProxy restarts: press Reprovision once\.$/,
  )
})

describe('ready', () => {
  it('waits for the checks, and says when they fail', async () => {
    at(first).asked = at(second).asked = 'maint'
    at(first).up = at(second).up = false
    const { outcome } = await ask({ state: 'ready' }, { checksMs: 200 })
    expect(outcome.status).toBe('partial')
    expect(outcome.message).toContain('Its health check fails (L4CON Connection refused), so it gets no sessions')
    at(first).up = at(second).up = true
    expect((await ask({ state: 'ready' })).outcome).toMatchObject({ status: 'succeeded', changed: 0 })
  })
  it('of a replica in the backend of the primary is well, and says so', async () => {
    const { outcome } = await ask({ backend: 'postgres-primary', server: 'pi-2', state: 'ready' }, { checksMs: 200 })
    expect(outcome.status).toBe('succeeded')
    expect(outcome.message).toContain('It is not the primary')
  })
})

describe('refused before anything is said', () => {
  it('the last one that is up on any balancer', async () => {
    at(second, 'pi-2').up = at(second, 'pi-4').up = false
    await expect(ask({})).rejects.toMatchObject({ code: 'last-server' })
    expect([...first.said, ...second.said]).toEqual([])
    expect((await ask({ evenLast: true })).outcome.status).toBe('succeeded')
  })
  it('a server that HAProxy does not know', async () => {
    second.servers = second.servers.filter(({ server }) => server !== 'pi-3')
    await expect(ask({})).rejects.toMatchObject({
      code: 'server-unknown',
      message: 'HAProxy on pi-4 has no server pi-3 in web.',
    })
    expect(first.said).toEqual([])
  })
  it('when no balancer answers, with the reason of the first', async () => {
    away = new Set(['pi-1', 'pi-4'])
    await expect(ask({})).rejects.toMatchObject({ code: 'unreachable', message: 'pi-1 does not answer.' })
  })
})

it('a balancer that is away makes it partial, and is named', async () => {
  away.add('pi-4')
  const { outcome } = await ask({})
  expect(outcome.status).toBe('partial')
  expect(outcome.message).toContain('pi-4 was not changed: pi-4 does not answer. Look at its power.')
  expect(outcome.nodes.map(({ node, outcome: end }) => [node, end])).toEqual([
    ['pi-1', 'succeeded'],
    ['pi-4', 'unreachable'],
  ])
})

describe('stopped while sessions are open', () => {
  const stopped = async (cancelled: boolean) => {
    at(first).sessions = 1
    at(first).asked = 'ready'
    at(second).asked = 'maint'
    const stop = new AbortController()
    return ask({}, { signal: stop.signal, cancelled: () => cancelled, onLog: () => stop.abort() })
  }
  it('by a person, each balancer gets back what it had', async () => {
    const { outcome } = await stopped(true)
    expect(outcome).toMatchObject({
      status: 'cancelled',
      message: 'Canceled: pi-3 is back in its previous state in web.',
    })
    expect([at(first).asked, at(second).asked]).toEqual(['ready', 'maint'])
  })
  it('because the worker ends, it stays for the next one', async () => {
    await expect(stopped(false)).rejects.toThrow()
    expect([at(first).asked, at(second).asked]).toEqual(['drain', 'drain'])
  })
})

describe('what stands from earlier', () => {
  const standing = (change: Partial<ServerSwitch> = {}) => [
    ServerSwitch.parse({ backend: 'web', server: 'pi-3', state: 'maint', ...change }),
  ]
  const keep = async (over: Partial<Parameters<typeof keepSwitches>[0]> = {}) => {
    const events: RunEvent[] = []
    const { signal } = new AbortController()
    await keepSwitches({
      ...{ spec: spec as ClusterSpec, fleet, signal, standing: standing(), only: ['pi-1', 'pi-4'] },
      emit: (event) => events.push(event),
      ...over,
    })
    return events.flatMap((event) => (event.type === 'log' ? [`${event.node}: ${event.text}`] : []))
  }
  it('is said to the balancer that does not know it, and to no other', async () => {
    at(first).asked = 'maint'
    expect(await keep()).toEqual([
      'pi-4: Set pi-3 in web to maintenance: requested earlier, and missing on this load balancer',
    ])
    expect([first.said, at(second).asked]).toEqual([[], 'maint'])
    expect(await keep()).toEqual([])
  })
  it('takes no last server out, unless that was confirmed then', async () => {
    for (const haproxy of [first, second]) at(haproxy, 'pi-2').up = at(haproxy, 'pi-4').up = false
    expect((await keep({ only: ['pi-1'] }))[0]).toContain('it is the last server that is up')
    expect(first.said).toEqual([])
    await keep({ only: ['pi-1'], standing: standing({ evenLast: true }) })
    expect([at(first).asked, at(second).asked]).toEqual(['maint', 'ready'])
  })
  it('is told of when a balancer cannot be asked', async () => {
    away.add('pi-4')
    expect(await keep({ only: ['pi-4'] })).toEqual([expect.stringContaining('pi-4 does not answer.')])
  })
})
