/** What a drill needs before it begins, from what the nodes answered. */
import { AppSpec, ClusterSpec, type DrillClass } from '@bramble/cluster'
import { describe, expect, test } from 'vitest'
import { noPulse, pi } from '../../test/context.ts'
import { knownFacts } from '../engine/gather.ts'
import type { Fact } from '../engine/types.ts'
import { etcdHealth } from '../facts/etcd.ts'
import { haproxyStats } from '../facts/haproxy.ts'
import { http } from '../facts/http.ts'
import { machine } from '../facts/os.ts'
import { patroniCluster, patroniMember } from '../facts/patroni.ts'
import { unitState } from '../facts/unit.ts'
import type { PlanInput } from '../rollout/survey.ts'
import { strikeOf } from './classes.ts'
import { type Health, lacks } from './health.ts'

const spec = ClusterSpec.parse({
  name: 'shelf',
  vip: '10.0.0.100',
  synchronous: true,
  nodes: [1, 2, 3].map((n) => ({
    name: `pi-${n}`,
    address: `10.0.0.1${n}`,
    roles: ['etcd', 'postgres', ...(n < 3 ? ['balancer'] : []), 'web'],
  })),
})

const body = (value: unknown) => ({ status: 200, body: JSON.stringify(value), error: null })
const stats = ({ web = 3, silent, blog = [] }: World) => {
  const server = (backend: string, n: number, status: string) => [backend, `pi-${n}`, '2', status]
  const rows = {
    web: [
      ...[1, 2, 3].map((n) => server('web', n, n <= web ? 'UP' : 'MAINT')),
      ...blog.map(([name, status]) => ['app-blog', name, '2', status]),
    ],
    postgres: [server('postgres-primary', 1, 'UP'), server('postgres-primary', 2, 'DOWN')],
  }
  return JSON.stringify({ ...rows, ...(silent ? { [silent]: null } : {}) })
}

interface World {
  paused?: boolean
  synchronous?: boolean
  web?: number
  /** Servers of an app, and what HAProxy says of them. */
  blog?: [string, string][]
  /** A service of HAProxy. */
  silent?: 'web' | 'postgres'
  keepalived?: string
  vip?: string[]
  container?: boolean
  diskFree?: number
  away?: string[]
}

function healthOf(world: World = {}): Health {
  const members = [1, 2, 3].map((n) => ({
    name: `pi-${n}`,
    role: n === 1 ? 'leader' : n === 2 && world.synchronous !== false ? 'sync_standby' : 'replica',
    state: n === 1 ? 'running' : 'streaming',
    lag: 0,
  }))
  const known = spec.nodes
    .filter(({ name }) => !world.away?.includes(name))
    .map(({ name, address, roles }, i) => {
      const vip = (world.vip ?? ['pi-1']).includes(name) ? [{ interface: 'eth0', address: spec.vip, prefix: 32 }] : []
      const asked: [Fact<unknown>, unknown][] = [
        [
          machine,
          {
            ...pi,
            container: world.container ?? false,
            diskFree: world.diskFree ?? 1e9,
            addresses: [{ interface: 'eth0', address, prefix: 24 }, ...vip],
          },
        ],
        [etcdHealth, body({ health: 'true' })],
        [
          patroniMember,
          body({ state: 'running', role: i === 0 ? 'primary' : 'replica', pause: world.paused ?? false, patroni: {} }),
        ],
        [patroniCluster, body({ members })],
        [http('http://127.0.0.1:8000/health'), { status: 200, body: '', error: null }],
        ...(roles.includes('balancer')
          ? ([
              [haproxyStats, { code: 0, stdout: stats(world), stderr: '' }],
              [
                unitState('keepalived.service'),
                {
                  ...{ load: 'loaded', active: world.keepalived ?? 'active', enabled: 'enabled', invocation: '' },
                  ...{ since: 0, loaded: null },
                },
              ],
            ] as [Fact<unknown>, unknown][])
          : []),
      ]
      return [name, knownFacts(new Map(asked.map(([fact, answer]) => [fact.key, answer])))] as const
    })
  const holders = (world.vip ?? ['pi-1']).filter((name) => known.some(([other]) => other === name))
  return {
    pulse: { ...noPulse, primary: 'pi-1', streaming: ['pi-2', 'pi-3'], voters: ['pi-1', 'pi-2', 'pi-3'] },
    known: new Map(known),
    holder: holders.length === 1 ? holders[0]! : null,
    faults: new Map(known.map(([name]) => [name, null])),
  }
}

describe('a cluster lacks', () => {
  test.each<[string, World, string[]]>([
    ['nothing when all is well', {}, []],
    ['a synchronous replica', { synchronous: false }, ['no replica is synchronous yet']],
    ['somebody who takes over', { paused: true }, ['Patroni is paused, so no replica would be promoted']],
    [
      'a web node that people took out',
      { web: 2 },
      ['HAProxy on pi-1 reports 2 of 3 web nodes as up', 'HAProxy on pi-2 reports 2 of 3 web nodes as up'],
    ],
    [
      'HAProxy for PostgreSQL',
      { silent: 'postgres' },
      ['HAProxy for PostgreSQL is not responding on pi-1', 'HAProxy for PostgreSQL is not responding on pi-2'],
    ],
    [
      'HAProxy for the site',
      { silent: 'web' },
      ['HAProxy is not responding on pi-1', 'HAProxy is not responding on pi-2'],
    ],
    ['the virtual IP', { vip: [] }, ['not exactly one load balancer holds 10.0.0.100']],
    ['one holder of the virtual IP', { vip: ['pi-1', 'pi-2'] }, ['not exactly one load balancer holds 10.0.0.100']],
    [
      'keepalived',
      { keepalived: 'failed' },
      ['keepalived is not running on pi-1', 'keepalived is not running on pi-2'],
    ],
    ['a Pi', { away: ['pi-3'] }, ['pi-3 is unreachable']],
  ])('%s', (_name, world, words) => {
    expect(lacks(spec, healthOf(world))).toEqual(words)
  })

  test.each<[string, [string, string][], string[]]>([
    [
      'nothing when the next release is up beside one that drains',
      [
        ['pi-1-a', 'UP'],
        ['pi-3-a', 'DOWN'],
        ['pi-3-b', 'UP'],
      ],
      [],
    ],
    [
      'nothing when it works nowhere',
      [
        ['pi-1-a', 'DOWN'],
        ['pi-2-a', 'DOWN'],
        ['pi-3-a', 'DOWN'],
      ],
      [],
    ],
    [
      'nothing when it is stopped',
      [
        ['pi-1-a', 'MAINT'],
        ['pi-2-a', 'DRAIN'],
        ['maintenance', 'UP'],
      ],
      [],
    ],
    [
      'an app on a node',
      [
        ['pi-1-a', 'UP'],
        ['pi-2-a', 'UP'],
        ['pi-3-a', 'DOWN'],
        ['pi-3-b', 'MAINT'],
      ],
      ['HAProxy on pi-1 reports blog as down on pi-3', 'HAProxy on pi-2 reports blog as down on pi-3'],
    ],
  ])('%s', (_name, blog, words) => {
    const apps = [AppSpec.parse({ name: 'blog' })]
    expect(lacks({ ...spec, apps }, healthOf({ blog }))).toEqual(words)
  })

  test('the end of another drill', () => {
    const health = healthOf()
    const faults = new Map([['pi-2', { id: 'x', phase: 'standing' as const }]])
    expect(lacks(spec, { ...health, faults })).toEqual(['a drill is still active on pi-2'])
    expect(lacks(spec, { ...health, faults: new Map([['pi-2', { id: 'x', phase: 'undone' as const }]]) })).toEqual([])
  })
})

describe('a drill', () => {
  const strike = (kind: DrillClass, world: World = {}, over: Partial<ClusterSpec> = {}) =>
    strikeOf({ spec: { ...spec, ...over } } as PlanInput, { class: kind }, healthOf(world))

  test.each<[DrillClass, string, string]>([
    ['primary-kill', 'pi-1', 'kill-postmaster'],
    ['primary-freeze', 'pi-1', 'freeze'],
    ['network-cut', 'pi-1', 'cut'],
    ['balancer-lost', 'pi-1', 'die'],
    ['web-lost', 'pi-3', 'die'],
    ['card-full', 'pi-1', 'fill'],
    ['clock-skew', 'pi-1', 'clock'],
  ])('%s strikes %s', async (kind, node, fault) => {
    expect(await strike(kind)).toMatchObject({ node, fault: { kind: fault } })
  })

  test.each<[string, DrillClass, World, Partial<ClusterSpec>, string]>([
    ['when something is away', 'web-lost', { away: ['pi-2'] }, {}, 'not-whole'],
    ['when a clock cannot be set', 'clock-skew', { container: true }, {}, 'clock-fixed'],
    ['when the disk is that of the machine', 'card-full', { container: true, diskFree: 80e9 }, {}, 'card-shared'],
  ])('does nothing %s', async (_name, kind, world, over, code) => {
    await expect(strike(kind, world, over)).rejects.toMatchObject({ code, cure: expect.stringMatching(/\w/) })
  })

  test('takes the apps of a web node away, too', async () => {
    const { fault } = await strike('web-lost', {}, { apps: [AppSpec.parse({ name: 'blog' })] })
    expect(fault).toEqual({
      kind: 'die',
      units: ['bramble-site.service', 'bramble-apps.service'],
      processes: ['bramble-app-*@*.service'],
    })
  })

  test('does nothing to the only web node', async () => {
    const nodes = spec.nodes.map((node) => ({
      ...node,
      roles: node.roles.filter((role) => role !== 'web' || node.name === 'pi-1'),
    }))
    await expect(strike('web-lost', {}, { nodes })).rejects.toMatchObject({ code: 'single-point' })
  })
})
