import { ClusterSpec, type NodeSpec } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { noPulse } from '../../test/context.ts'
import type { EtcdMember, Pulse } from '../engine/pulse.ts'
import { orderOf, unhealthy } from '../rollout/rules.ts'
import { outgoing, refusals, stewardOf } from './departures.ts'

const addressOf = (at: number) => `192.0.2.1${at}`
const node = (at: number, roles: NodeSpec['roles'], leaving = false): NodeSpec => ({
  name: `pi-${at}`,
  address: addressOf(at),
  roles,
  ...(leaving ? { leaving: true } : {}),
})
const clusterOf = (...nodes: NodeSpec[]): ClusterSpec => ClusterSpec.parse({ name: 'home', vip: '192.0.2.100', nodes })
const member = (at: number, change: Partial<EtcdMember> = {}): EtcdMember => ({
  id: String(at),
  name: `pi-${at}`,
  peer: `https://${addressOf(at)}:2380`,
  learner: false,
  ...change,
})
const three = clusterOf(...[1, 2, 3].map((at) => node(at, ['etcd', 'postgres'])))
const well: Pulse = {
  ...noPulse,
  primary: 'pi-1',
  streaming: ['pi-2', 'pi-3'],
  voters: ['pi-1', 'pi-2', 'pi-3'],
  members: [1, 2, 3].map((at) => member(at)),
  lived: true,
}
const ids = (members: readonly EtcdMember[]) => members.map(({ id }) => id)
const codes = (spec: ClusterSpec, pulse: Pulse) => refusals(spec, pulse).map(({ code }) => code)

describe('who has to leave etcd', () => {
  it('is nobody while the spec and the members agree, also when a voter cannot be reached', () => {
    expect(outgoing(three, well)).toEqual({ dead: [], alive: [] })
    expect(outgoing(three, { ...well, voters: ['pi-1', 'pi-2'] })).toEqual({ dead: [], alive: [] })
  })

  it('is the member of a Pi that came back without its store, but not a learner that has not started yet', () => {
    const back: Pulse = { ...well, voters: ['pi-1', 'pi-2'], joining: ['pi-3'], storeless: ['pi-3'] }
    expect(ids(outgoing(three, back).dead)).toEqual(['3'])
    const begun = { ...back, members: [member(1), member(2), member(3, { name: '', learner: true })] }
    expect(outgoing(three, begun)).toEqual({ dead: [], alive: [] })
    const never = { ...back, members: [member(1), member(2), member(3, { unstarted: true })] }
    expect(outgoing(three, never)).toEqual({ dead: [], alive: [] })
  })

  it('is nobody when a first provisioning broke off: who joins has its store', () => {
    expect(outgoing(three, { ...well, joining: ['pi-3'] })).toEqual({ dead: [], alive: [] })
    expect(outgoing(three, { ...well, joining: ['pi-3'], voters: ['pi-1', 'pi-2'] })).toEqual({ dead: [], alive: [] })
  })

  it('is a member that lost its role: first when it is dead, last when it works', () => {
    const two = clusterOf(node(1, ['etcd', 'postgres']), node(2, ['etcd', 'postgres']), node(3, ['postgres']))
    expect(ids(outgoing(two, well).alive)).toEqual(['3'])
    expect(ids(outgoing(two, { ...well, voters: ['pi-1', 'pi-2'] }).dead)).toEqual(['3'])
  })

  it('is carried out by a voter that works and stays', () => {
    expect(stewardOf(three, { ...well, voters: ['pi-2', 'pi-3'] })).toBe('pi-2')
    expect(stewardOf(three, { ...well, voters: [] })).toBeUndefined()
  })
})

describe('a change of the membership is refused', () => {
  it('when no majority would be left, and says whom to bring back', () => {
    const leaving = clusterOf(node(1, ['etcd', 'postgres']), node(2, ['etcd', 'postgres']), node(3, [], true))
    expect(codes(leaving, well)).toEqual([])
    const [found] = refusals(leaving, { ...well, voters: ['pi-1', 'pi-3'] })
    expect(found).toMatchObject({ code: 'quorum-at-risk', level: 'error' })
  })

  it('when etcd has lost its majority and a new voter would make a new store', () => {
    const lost: Pulse = { ...noPulse, voters: [], joining: ['pi-2'], lived: true }
    const [found] = refusals(three, lost)
    expect(found).toMatchObject({ code: 'quorum-lost' })
    expect(found?.cure).toContain('pi-1 and pi-3')
    expect(codes(three, { ...lost, lived: false })).toEqual([])
  })

  it('when the only healthy copy is to be given away', () => {
    const away = clusterOf(node(1, ['etcd']), node(2, ['etcd', 'postgres']), node(3, ['etcd', 'postgres']))
    expect(codes(away, well)).toEqual([])
    expect(codes(away, { ...well, streaming: [] })).toEqual(['last-copy'])
  })
})

describe('the order of work', () => {
  it('puts who joins after the primary, which lets it in', () => {
    const four = clusterOf(...three.nodes, node(4, ['web']))
    expect(orderOf(four, { ...well, joining: ['pi-4'] })).toEqual(['pi-2', 'pi-3', 'pi-1', 'pi-4'])
  })

  it('waits neither for a Pi that joins nor for a learner', () => {
    const all = new Set(three.nodes.map(({ name }) => name))
    const joining: Pulse = { ...well, voters: ['pi-1', 'pi-2'], streaming: ['pi-2'], joining: ['pi-3'] }
    expect(unhealthy(three, joining, all)).toBeNull()
    const learner = {
      ...joining,
      streaming: ['pi-2', 'pi-3'],
      joining: [],
      members: [member(1), member(2), member(3, { learner: true })],
    }
    expect(unhealthy(three, learner, all)).toBeNull()
    expect(unhealthy(three, { ...joining, joining: [] }, all)).toContain('pi-3')
  })
})
