/** What HAProxy does with web traffic of apps: tunnels, requests that cannot be repeated, where a request comes from. */
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Crowd, startCrowd } from './crowd.ts'
import { droppedBy, openTunnel, startEcho, statusOf, stopEcho } from './echo-site.ts'
import { askHaproxy } from './haproxy-socket.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const balancers = ['pi-1', 'pi-2']
let stage: Stage
let crowd: Crowd | undefined

beforeAll(async () => {
  stage = await openStage({ id: 89, nodes: 3, built: true })
  await eventually(120, async () => {
    expect((await fetch(`${stage.site}api/visits`)).status).toBe(200)
    expect(await Promise.all(balancers.map(webServersUp))).toEqual([3, 3])
  })
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)
afterEach(() => crowd?.stop())

/** Servers of the backend `web` that this balancer sends requests to. */
async function webServersUp(node: string): Promise<number> {
  const rows = (await askHaproxy(stage, node, 'show stat').catch(() => '')).split('\n')
  return rows.filter((row) => /^web,pi-\d,/.test(row) && row.split(',')[17]?.startsWith('UP')).length
}

describe('HAProxy for web traffic', () => {
  const config = '/etc/haproxy/haproxy.cfg'
  const edit = async (...commands: string[]) => {
    for (const node of balancers) {
      await stage.on(node, 'sed', '-i', '-E', ...commands.flatMap((command) => ['-e', command]), config)
      await stage.on(node, 'systemctl', 'reload', 'haproxy')
    }
  }

  it(
    'takes over the settings for apps by a reload of its own, without a failed request or an ended database session',
    async () => {
      await edit('/timeout (tunnel|client-fin|server-fin)|(cli|srv)tcpka|disable-l7-retry|X-Forwarded-Host/d')
      const session = new pg.Client(stage.database(5000))
      await session.connect()
      crowd = startCrowd(stage.site, 6)
      await eventually(60, async () => expect(crowd!.servedSince(0)).toEqual(['pi-1', 'pi-2', 'pi-3']))
      const planned = (await stage.plan()).nodes.map(({ node, steps }) => ({
        node,
        todo: steps!.filter(({ verdict }) => verdict === 'todo'),
      }))
      expect(planned.map(({ node, todo }) => [node, todo.map(({ id }) => id)])).toEqual([
        ['pi-1', ['balancer/haproxy.cfg', 'balancer/haproxy']],
        ['pi-2', ['balancer/haproxy.cfg', 'balancer/haproxy']],
        ['pi-3', []],
      ])
      for (const { todo } of planned.slice(0, 2)) {
        expect(todo[1]!.actions).toContainEqual({
          kind: 'run',
          argv: ['systemctl', 'reload', 'haproxy.service'],
          as: 'root',
        })
        expect(todo.map(({ disrupts }) => disrupts)).toEqual([null, null])
      }
      expect((await stage.apply()).outcome).toMatchObject({ status: 'succeeded', changed: 4 })
      const before = crowd.answers()
      await eventually(60, async () => expect(crowd!.answers()).toBeGreaterThan(before + 200))
      await crowd.stop()
      expect(crowd.failures()).toEqual([])
      expect((await session.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      await session.end()
    },
    5 * minute,
  )

  it(
    'keeps idle tunnels, sends a POST once, and says itself where a request comes from',
    async () => {
      const nodes = stage.spec.nodes.map(({ name }) => name)
      await startEcho(stage, nodes)
      try {
        await eventually(60, async () => {
          expect(await Promise.all(balancers.map(webServersUp))).toEqual([3, 3])
          expect((await fetch(`${stage.site}headers`)).status).toBe(200)
        })
        const forged = {
          'X-Forwarded-For': '203.0.113.9',
          X_Forwarded_For: '203.0.113.9',
          'X-Forwarded-Host': 'bank.example',
          'X-Forwarded-Proto': 'https',
          'X-Forwarded-Ssl': 'on',
          'X-Forwarded-Port': '443',
          'X-Real-IP': '203.0.113.9',
          Forwarded: 'for=203.0.113.9',
        }
        const answer = await fetch(`${stage.site}headers`, { headers: forged })
        const headers = (await answer.json()) as [string, string][]
        const said = headers.filter(([name]) => /forwarded|real/i.test(name))
        expect(said.map(([name]) => name).sort()).toEqual(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])
        expect(Object.fromEntries(said)).toMatchObject({
          'x-forwarded-for': expect.not.stringContaining('203.0.113.9'),
          'x-forwarded-host': new URL(stage.site).host,
          'x-forwarded-proto': 'http',
        })

        // A server that ends the connection without an answer: a GET goes on to the others, a POST does not.
        const counts = async () => (await Promise.all(nodes.map((name) => droppedBy(stage, name)))).flat()
        expect(await statusOf(`${stage.site}drop`, 'POST')).toBe(502)
        expect(await counts()).toEqual(['POST'])
        expect(await statusOf(`${stage.site}drop`, 'GET')).toBe(502)
        expect((await counts()).sort()).toEqual(['GET', 'GET', 'GET', 'POST'])

        await edit('s/timeout (client|server) 60s/timeout \\1 2s/')
        await eventually(30, async () => expect((await fetch(`${stage.site}headers`)).status).toBe(200))
        const tunnel = await openTunnel(stage.site)
        expect(await tunnel.echo('first')).toBe('first')
        // Both take as long as the time limit: the tunnel says nothing all the while.
        for (let i = 0; i < 2; i++) expect((await fetch(`${stage.site}silent`)).status).toBe(504)
        expect(await tunnel.echo('second')).toBe('second')
        tunnel.close()
        await edit('/timeout tunnel/d')
        // Without the setting it ends: what was seen above is its doing.
        await eventually(30, async () => {
          const short = await openTunnel(stage.site)
          expect((await fetch(`${stage.site}silent`)).status).toBe(504)
          await expect(short.echo('late')).rejects.toThrow('ended')
        })
      } finally {
        await stopEcho(stage, nodes)
      }
      expect((await stage.apply()).outcome.status).toBe('succeeded')
    },
    5 * minute,
  )
})
