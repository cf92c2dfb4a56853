import { describe, expect, it } from 'vitest'
import { AppSpec } from './apps/spec.ts'
import { withNode, withoutNode } from './members.ts'
import { nodesWith, staying } from './nodes.ts'
import { ClusterSpec } from './spec.ts'
import { proposeRoles, reviewSpec } from './topology.ts'

const shelf = (count: number): ClusterSpec =>
  ClusterSpec.parse({
    name: 'shelf',
    vip: '192.168.1.100',
    nodes: proposeRoles(count).map((roles, i) => ({ name: `pi-${i + 1}`, address: `192.168.1.${11 + i}`, roles })),
  })
const voters = (spec: ClusterSpec) => nodesWith(spec, 'etcd').map(({ name }) => name)
const errors = (spec: ClusterSpec) => reviewSpec(spec).filter(({ level }) => level === 'error')

describe('a Pi that comes', () => {
  it('carries the site and no vote in a cluster that has all it needs', () => {
    const four = withNode(shelf(3), { name: 'pi-4', address: '192.168.1.14' })
    expect(four.nodes[3]).toMatchObject({ name: 'pi-4', roles: ['web'] })
    expect(voters(four)).toHaveLength(3)
  })

  it('brings two more votes when it is the seventh', () => {
    let spec = shelf(4)
    for (const at of [5, 6, 7]) {
      spec = withNode(spec, { name: `pi-${at}`, address: `192.168.1.${10 + at}` })
      expect(voters(spec), `${at} Pis`).toHaveLength(at === 7 ? 5 : 3)
      expect(errors(spec)).toEqual([])
    }
  })

  it('carries what the cluster has too few of', () => {
    const two = shelf(3)
    const poor = {
      ...two,
      nodes: two.nodes.map((node) => ({ ...node, roles: node.roles.filter((r) => r !== 'balancer') })),
    }
    expect(withNode(poor, { name: 'pi-4', address: '192.168.1.14' }).nodes[3]?.roles).toContain('balancer')
  })
})

describe('a Pi that goes', () => {
  it.each([3, 4, 5, 6, 7, 8])('leaves a cluster of %i that holds all rules, whichever it is', (count) => {
    const spec = shelf(count)
    for (const { name } of spec.nodes) {
      const next = withoutNode(spec, name)
      expect(next.nodes.find((node) => node.name === name)).toMatchObject({ roles: [], leaving: true })
      expect(errors(next), `${name} of ${count}`).toEqual([])
      const rest = staying(next)
      expect(voters(rest).length % 2).toBe(1)
      expect(nodesWith(rest, 'balancer').length).toBeGreaterThanOrEqual(2)
      expect(nodesWith(rest, 'postgres').length).toBeGreaterThanOrEqual(2)
    }
  })

  it('hands its vote on where a Pi without one stays', () => {
    const next = withoutNode(shelf(4), 'pi-2')
    expect(voters(next)).toEqual(['pi-1', 'pi-3', 'pi-4'])
  })

  it('shrinks five voters to three', () => expect(voters(withoutNode(shelf(7), 'pi-2'))).toHaveLength(3))

  it('leaves no app on it, and none without a node', () => {
    const app = (name: string, places: object) => AppSpec.parse({ name, ...places })
    const spec = {
      ...shelf(4),
      apps: [
        app('one', { nodes: ['pi-3'] }),
        app('two', { nodes: ['pi-3', 'pi-4'] }),
        app('many', { count: 2 }),
        app('all', {}),
      ],
    }
    const next = withoutNode(spec, 'pi-3')
    const web = nodesWith(staying(next), 'web').map(({ name }) => name)
    expect(next.apps?.map(({ nodes, count }) => nodes ?? count)).toEqual([
      [web[0]],
      ['pi-4'],
      Math.min(2, web.length),
      undefined,
    ])
    expect(errors(next)).toEqual([])
  })

  it('changes nothing for a name that is none of its nodes', () => {
    const spec = shelf(4)
    expect(withoutNode(spec, 'pi-9')).toEqual(spec)
  })
})
