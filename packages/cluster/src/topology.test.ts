import { describe, expect, it } from 'vitest'
import { nodesWith } from './nodes.ts'
import { roles } from './roles.ts'
import { ClusterSpec, type Role } from './spec.ts'
import { proposeRoles, reviewSpec } from './topology.ts'

const make = (placed: readonly (readonly Role[])[], over: Record<string, unknown> = {}) =>
  ClusterSpec.parse({
    name: 'shelf',
    vip: '192.168.1.100',
    nodes: placed.map((list, i) => ({ name: `pi-${i + 1}`, address: `192.168.1.${i + 11}`, roles: list })),
    ...over,
  })
const codes = (spec: ClusterSpec, level: 'error' | 'warning') =>
  reviewSpec(spec)
    .filter((found) => found.level === level)
    .map((found) => found.code)

describe('proposeRoles', () => {
  it.each([
    [3, { etcd: 3, postgres: 3, balancer: 2, web: 3 }],
    [4, { etcd: 3, postgres: 3, balancer: 2, web: 3 }],
    [5, { etcd: 3, postgres: 3, balancer: 2, web: 2 }],
    [6, { etcd: 3, postgres: 3, balancer: 2, web: 2 }],
    [7, { etcd: 5, postgres: 3, balancer: 2, web: 3 }],
    [10, { etcd: 5, postgres: 3, balancer: 2, web: 6 }],
  ])('places %i Pis so that any one may die', (count, wanted) => {
    const spec = make(proposeRoles(count))
    expect(Object.fromEntries(roles.map((role) => [role, nodesWith(spec, role).length]))).toEqual(wanted)
    expect(reviewSpec(spec)).toEqual([])
    expect(spec.nodes.every((node) => node.roles.length > 0)).toBe(true)
  })

  it('makes the first of four the leader of the old guides: it balances and serves no site', () => {
    expect(proposeRoles(4)[0]).toEqual(['balancer'])
  })

  it('says what one or two Pis cannot survive', () => {
    expect(codes(make(proposeRoles(1)), 'warning')).toEqual(['spof-etcd', 'spof-postgres', 'spof-balancer', 'spof-web'])
  })
})

describe('reviewSpec', () => {
  it('refuses four etcd voters', () => {
    const four = make([
      ['etcd', 'postgres', 'balancer'],
      ['etcd', 'postgres', 'balancer'],
      ['etcd', 'web'],
      ['etcd', 'web'],
    ])
    expect(reviewSpec(four)).toContainEqual(
      expect.objectContaining({ code: 'etcd-even', cure: 'Use 3 or 5 etcd members.' }),
    )
  })

  it('names duplicates, and a role that is listed twice', () => {
    const spec = make(proposeRoles(3))
    spec.nodes[1] = { ...spec.nodes[1]!, name: 'pi-1', address: '192.168.1.11', roles: ['etcd', 'etcd'] }
    expect(codes(spec, 'error')).toEqual(['duplicate-name', 'duplicate-address', 'duplicate-role'])
  })

  it('refuses a VIP that is a node, and one on another network', () => {
    expect(codes(make(proposeRoles(3), { vip: '192.168.1.12' }), 'error')).toEqual(['vip-is-node'])
    expect(codes(make(proposeRoles(3), { vip: '10.1.2.3' }), 'error')).toEqual(['vip-subnet'])
  })

  it('says which part is a single point of failure', () => {
    const spec = make([
      ['etcd', 'postgres', 'balancer', 'web'],
      ['etcd', 'postgres', 'web'],
      ['etcd', 'postgres'],
    ])
    expect(codes(spec, 'warning')).toEqual(['spof-balancer'])
  })
})
