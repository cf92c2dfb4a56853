import { ClusterSpec, proposeRoles } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { noPulse } from '../../test/context.ts'
import type { Pulse } from '../engine/pulse.ts'
import type { Step } from '../engine/types.ts'
import { guard, interrupts, orderOf, rolloutOf, unhealthy } from './rules.ts'

const spec = ClusterSpec.parse({
  name: 'shelf',
  vip: '192.168.1.100',
  nodes: proposeRoles(4).map((roles, i) => ({ name: `pi-${i + 1}`, address: `192.168.1.1${i + 1}`, roles })),
})
const well: Pulse = { ...noPulse, primary: 'pi-3', streaming: ['pi-2', 'pi-4'], voters: ['pi-2', 'pi-3', 'pi-4'] }
const stopping = (what: 'postgres' | 'etcd' | 'node'): Step[] => [
  { id: 'postgres/run', title: '', reads: [], check: () => ({ settled: true }), disrupts: { what, words: '' } },
]

describe('rollout', () => {
  it('goes together on first boot and one by one on a cluster that serves, the primary last', () => {
    expect(rolloutOf(noPulse)).toBe('together')
    expect(rolloutOf(well)).toBe('one-by-one')
    expect(orderOf(spec, well)).toEqual(['pi-1', 'pi-2', 'pi-4', 'pi-3'])
  })

  it('hands the primary over before it restarts, and only then', () => {
    expect(guard(spec, well, 'pi-3', stopping('postgres'))).toEqual({ handOver: true })
    expect(guard(spec, well, 'pi-2', stopping('postgres'))).toEqual({ handOver: false })
    expect(guard(spec, well, 'pi-3', stopping('etcd'))).toEqual({ handOver: false })
    expect(guard(spec, well, 'pi-3', [])).toEqual({ handOver: false })
  })

  it('waits for nobody when a node of a half-built cluster is only being built', () => {
    const begun: Pulse = { ...noPulse, primary: 'pi-3', voters: ['pi-3', 'pi-4'] }
    expect(interrupts(begun, 'pi-2', [...stopping('etcd'), ...stopping('postgres'), ...stopping('node')])).toBe(false)
    expect(interrupts(begun, 'pi-4', stopping('postgres'))).toBe(false)
    expect(interrupts(begun, 'pi-4', stopping('etcd'))).toBe(true)
    expect(interrupts(begun, 'pi-3', stopping('postgres'))).toBe(true)
  })

  it('refuses to stop the last copy', () => {
    expect(() => guard(spec, { ...well, streaming: [] }, 'pi-3', stopping('node'))).toThrow('no replica is in sync')
  })

  it('refuses to lose quorum', () => {
    const two: Pulse = { ...well, voters: ['pi-2', 'pi-3'] }
    expect(() => guard(spec, two, 'pi-2', stopping('etcd'))).toThrow('read-only')
    expect(guard(spec, two, 'pi-4', stopping('etcd'))).toEqual({ handOver: false })
  })

  it('says in words what a cluster lacks, of the nodes that can be reached', () => {
    const all = new Set(spec.nodes.map((node) => node.name))
    expect(unhealthy(spec, well, all)).toBeNull()
    expect(unhealthy(spec, { ...well, primary: null }, all)).toBe('the cluster has no primary')
    expect(unhealthy(spec, { ...well, streaming: ['pi-2'] }, all)).toBe('pi-4 is not replicating yet')
    expect(
      unhealthy(spec, { ...well, streaming: ['pi-2'], voters: ['pi-2', 'pi-3'] }, new Set(['pi-2', 'pi-3'])),
    ).toBeNull()
  })
})
