import { describe, expect, it } from 'vitest'
import { collectEtcd, percentile } from './etcd.ts'

describe('percentile', () => {
  const from = { '0.001': 10, '0.002': 10, '0.004': 10, '+Inf': 10 }

  it('lies within its bucket, as Prometheus computes it', () => {
    const to = { '0.001': 60, '0.002': 110, '0.004': 110, '+Inf': 110 }
    expect(percentile(0.5, from, to)).toBeCloseTo(0.001)
    expect(percentile(0.75, from, to)).toBeCloseTo(0.0015)
    expect(percentile(0.99, from, to)).toBeCloseTo(0.00198)
  })

  it('is the last bound when more is not known, and nothing without counts or after a reset', () => {
    expect(percentile(0.99, from, { '0.001': 10, '0.002': 10, '0.004': 10, '+Inf': 20 })).toBe(0.004)
    expect(percentile(0.99, from, from)).toBeUndefined()
    expect(percentile(0.99, from, { '0.001': 3, '0.002': 3, '0.004': 3, '+Inf': 3 })).toBeUndefined()
  })
})

describe('a member without a quorum', () => {
  const status = {
    member: '7',
    leader: '0',
    term: '3',
    size: '45056',
    version: '3.5.16',
    errors: ['etcdserver: no leader'],
  }
  const collect = (change: object, health: { health: boolean; reason: string }) =>
    collectEtcd(
      { node: 'pi-1', now: { value: { ...status, ...change }, since: 5 }, before: null },
      { health, figures: [] },
    ).state

  it('says so in words', () => {
    expect(collect({}, { health: false, reason: 'RAFT NO LEADER' })).toMatchObject({
      healthy: false,
      hasLeader: false,
      leader: false,
      because: 'it has no leader: not enough etcd members can reach each other',
    })
    expect(collect({ leader: '9' }, { health: false, reason: 'no answer in time' }).because).toBe(
      'it cannot read with quorum (no answer in time)',
    )
  })

  it('names its alarms', () => {
    const errors = ['memberID:7 alarm:NOSPACE ', 'memberID:8 alarm:NOSPACE ']
    expect(collect({ leader: '7', errors }, { health: true, reason: '' })).toMatchObject({
      healthy: true,
      leader: true,
      alarms: ['NOSPACE'],
    })
  })
})
