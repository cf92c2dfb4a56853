/** What a drill needs before it begins, from what the nodes answered. */
import { ClusterSpec, type DrillClass } from '@bramble/cluster'
import { describe, expect, test } from 'vitest'
import { noPulse } from '../../test/context.ts'
import { knownFacts } from '../core/gather.ts'
import type { Fact } from '../core/types.ts'
import { etcdHealth } from '../facts/etcd.ts'
import { haproxyServers } from '../facts/haproxy.ts'
import { http } from '../facts/http.ts'
import { machine } from '../facts/os.ts'
import { patroniCluster, patroniMember } from '../facts/patroni.ts'
import { unitState } from '../facts/unit.ts'
import type { PlanInput } from '../survey.ts'
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
const servers = (web: number) =>
  [
    '# pxname,svname,status,type',
    'postgres-primary,pi-1,UP,2',
    'postgres-primary,pi-2,DOWN,2',
    ...[1, 2, 3].map((n) => `web,pi-${n},${n <= web ? 'UP' : 'MAINT'},2`),
  ].join('\n')

interface World {
  paused?: boolean
  synchronous?: boolean
  web?: number
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
              [haproxyServers, { code: 0, stdout: servers(world.web ?? 3), stderr: '' }],
              [unitState('keepalived.service'), { active: world.keepalived ?? 'active' }],
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
    ['somebody who takes over', { paused: true }, ['Patroni is paused, so that nobody would take over']],
    [
      'a web node that people took out',
      { web: 2 },
      ['HAProxy on pi-1 finds 2 of 3 web nodes', 'HAProxy on pi-2 finds 2 of 3 web nodes'],
    ],
    ['the virtual IP', { vip: [] }, ['not exactly one balancer carries 10.0.0.100']],
    ['one holder of the virtual IP', { vip: ['pi-1', 'pi-2'] }, ['not exactly one balancer carries 10.0.0.100']],
    ['keepalived', { keepalived: 'failed' }, ['keepalived does not run on pi-1', 'keepalived does not run on pi-2']],
    ['a Pi', { away: ['pi-3'] }, ['pi-3 cannot be reached']],
  ])('%s', (_name, world, words) => {
    expect(lacks(spec, healthOf(world))).toEqual(words)
  })

  test('the end of another drill', () => {
    const health = healthOf()
    const faults = new Map([['pi-2', { id: 'x', phase: 'standing' as const }]])
    expect(lacks(spec, { ...health, faults })).toEqual(['a drill still stands on pi-2'])
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

  test('does nothing to the only web node', async () => {
    const nodes = spec.nodes.map((node) => ({
      ...node,
      roles: node.roles.filter((role) => role !== 'web' || node.name === 'pi-1'),
    }))
    await expect(strike('web-lost', {}, { nodes })).rejects.toMatchObject({ code: 'single-point' })
  })
})
