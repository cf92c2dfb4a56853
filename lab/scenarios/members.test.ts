/** Pis come, go and die while clients write: 3 → 5 with five voters → 3, a dead primary replaced, one that was removed comes back. */
import type { ClusterSpec, NodeSpec, Role } from '@bramble/cluster'
import { siteDoor, startVisitor, startWriter } from '@bramble/provision/availability'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { powerOff, powerOn, reflash } from '../src/index.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const all: Role[] = ['etcd', 'postgres', 'balancer', 'web']
const data: Role[] = ['etcd', 'postgres', 'web']
let stage: Stage
beforeAll(async () => {
  stage = await openStage({
    id: 56,
    nodes: 5,
    change: (spec) => ({
      ...spec,
      synchronous: true,
      preset: 'fast',
      nodes: spec.nodes.slice(0, 3).map((node, at) => ({ ...node, roles: at < 2 ? all : data })),
    }),
  })
  expect((await stage.apply()).outcome.status).toBe('succeeded')
  await stage.allCopies()
}, 15 * minute)
afterAll(() => stage?.close(), 3 * minute)

/** etcd's members: name to whether it votes, as the first voter of the spec says. */
async function voters(): Promise<Record<string, boolean>> {
  const [asked] = stage.spec.nodes.filter(({ roles }) => roles.includes('etcd'))
  const files = ['--cacert', '/etc/bramble/ca.crt', '--cert', '/etc/bramble/node.crt', '--key', '/etc/bramble/node.key']
  const text = await stage.on(
    asked!.name,
    'etcdctl',
    ...files,
    '--endpoints',
    'https://127.0.0.1:2379',
    'member',
    'list',
  )
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(', '))
  return Object.fromEntries(rows.map((row) => [row[2]!, row[5] === 'false']))
}

/** Becomes another cluster while a client writes and another looks at the site. No acknowledged write may be missing. */
async function become(words: string, change: Parameters<Stage['become']>[0], forget: string[] = []) {
  stage = await stage.become(change, forget)
  const writer = await startWriter(stage.writing)
  const visitor = startVisitor(siteDoor(stage.spec))
  const { outcome } = await stage
    .apply()
    .finally(() => Promise.all([writer.next(90).then(writer.stop), visitor.stop()]))
  expect(outcome.status, outcome.message).toBe('succeeded')
  expect(await writer.missing()).toEqual([])
  await writer.forget()
  console.log(
    `${words}: ${outcome.seconds.toFixed(0)} s, writes away ${writer.outage().toFixed(1)} s, site ${visitor.outage().toFixed(1)} s, ${writer.acknowledged()} writes acknowledged, 0 missing`,
  )
  return { outcome, outage: writer.outage() }
}

const withRoles = (nodes: readonly NodeSpec[], name: string, roles: Role[]): NodeSpec[] =>
  nodes.map((node) => (node.name === name ? { ...node, roles } : node))
const leaves = (spec: ClusterSpec, ...names: string[]): ClusterSpec => ({
  ...spec,
  nodes: spec.nodes.map((node) => (names.includes(node.name) ? { ...node, roles: [], leaving: true } : node)),
})
const gone = (spec: ClusterSpec): ClusterSpec => ({ ...spec, nodes: spec.nodes.filter((node) => !node.leaving) })

describe('a cluster that serves', () => {
  it(
    'takes a fourth Pi in with a copy of the data and no vote',
    async () => {
      const { outage } = await become('3 → 4', (spec, present) => ({
        ...spec,
        nodes: [...spec.nodes, { ...present.nodes[3]!, roles: ['postgres', 'web'] }],
      }))
      expect(outage).toBeLessThan(10)
      await stage.allCopies()
      expect(await voters()).toEqual({ 'pi-1': true, 'pi-2': true, 'pi-3': true })
      expect((await stage.plan()).changes).toBe(0)
    },
    6 * minute,
  )

  it(
    'grows to five voters with a fifth',
    async () => {
      await become('4 → 5, five voters', (spec, present) => ({
        ...spec,
        nodes: [...withRoles(spec.nodes, 'pi-4', data), { ...present.nodes[4]!, roles: ['etcd', 'web'] }],
      }))
      expect(await voters()).toEqual({ 'pi-1': true, 'pi-2': true, 'pi-3': true, 'pi-4': true, 'pi-5': true })
      expect((await stage.plan()).changes).toBe(0)
    },
    8 * minute,
  )

  it(
    'gets a primary that died back on a new card: a voter too',
    async () => {
      await stage.allCopies()
      const primary = await stage.primary()
      const writer = await startWriter(stage.writing)
      await powerOff({ id: stage.id, node: primary })
      await writer.next(60)
      await writer.stop()
      expect(await writer.missing()).toEqual([])
      console.log(`${primary} lost its power: writes away ${writer.outage().toFixed(1)} s, 0 missing`)
      await reflash({ id: stage.id, node: primary })
      const fresh = (spec: ClusterSpec, present: ClusterSpec) => ({
        ...spec,
        nodes: spec.nodes.map((node) =>
          node.name === primary
            ? { ...node, hostKey: present.nodes.find(({ name }) => name === primary)!.hostKey }
            : node,
        ),
      })
      await become(`${primary} replaced`, fresh as Parameters<Stage['become']>[0], [primary])
      await stage.allCopies()
      expect(Object.values(await voters())).toEqual([true, true, true, true, true])
      expect((await stage.plan()).changes).toBe(0)
    },
    10 * minute,
  )

  it(
    'lets two Pis go at once and votes with three again',
    async () => {
      await become('5 → 3', (spec) => leaves(spec, 'pi-4', 'pi-5'))
      expect(await voters()).toEqual({ 'pi-1': true, 'pi-2': true, 'pi-3': true })
      expect(
        await stage.on('pi-4', 'sh', '-c', 'ls /etc/bramble; systemctl is-active patroni etcd || true'),
      ).not.toMatch(/node\.key|^active/m)
      stage = await stage.become(gone)
      await stage.allCopies()
      expect((await stage.plan()).changes).toBe(0)
      expect(
        await stage.on('pi-1', 'cat', '/etc/hosts', '/etc/haproxy/haproxy.cfg', '/etc/bramble/firewall.nft'),
      ).not.toMatch(/pi-4|pi-5/)
    },
    8 * minute,
  )

  it(
    'is not disturbed by a balancer that was dead when it was removed and comes back',
    async () => {
      const [dead, heir] = ['pi-2', 'pi-3']
      await powerOff({ id: stage.id, node: dead })
      await become(`${dead} removed while dead, pi-4 in its place`, (spec, present) => ({
        ...leaves(spec, dead),
        nodes: [...withRoles(leaves(spec, dead).nodes, heir, all), { ...present.nodes[3]!, roles: data }],
      }))
      stage = await stage.become(gone)
      expect(await voters()).toEqual({ 'pi-1': true, 'pi-3': true, 'pi-4': true })
      const writer = await startWriter(stage.writing)
      await powerOn({ id: stage.id, node: dead })
      // Long enough for an election among balancers, and for Patroni on the Pi that came back to try.
      const until = Date.now() + 60_000
      while (Date.now() < until) await writer.next(30)
      await writer.stop()
      expect(await writer.missing()).toEqual([])
      expect(writer.outage()).toBeLessThan(10)
      await stage.allCopies()
      const listing = await stage.on('pi-1', 'patronictl', '-c', '/etc/patroni/config.yml', 'list')
      expect(listing).not.toContain(dead)
      await eventually(60, async () => {
        const holders = await Promise.all(
          ['pi-1', 'pi-3'].map((node) => stage.on(node, 'ip', '-4', '-o', 'addr', 'show')),
        )
        expect(holders.filter((text) => text.includes(`${stage.spec.vip}/32`))).toHaveLength(1)
      })
      console.log(`${dead} came back: writes away ${writer.outage().toFixed(1)} s at most`)
    },
    10 * minute,
  )

  it(
    'refuses to let a voter go when no majority would be left, and says whom to bring back',
    async () => {
      await powerOff({ id: stage.id, node: 'pi-4' })
      await eventually(120, async () => {
        const next = await stage.become((spec) => ({
          ...leaves(spec, 'pi-3'),
          nodes: withRoles(leaves(spec, 'pi-3').nodes, 'pi-1', all),
        }))
        const { findings } = await next.plan().finally(() => next.fleet.close())
        expect(findings.filter(({ level }) => level === 'error').map(({ code }) => code)).toContain('quorum-at-risk')
      })
    },
    6 * minute,
  )
})
