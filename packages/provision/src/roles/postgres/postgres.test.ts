import { describe, expect, it } from 'vitest'
import { answers, contextOf, noPulse, spec } from '../../../test/context.ts'
import { Secret } from '../../engine/types.ts'
import { patroniCluster, patroniMember, patroniSettings } from '../../facts/patroni.ts'
import { pulseFacts, pulseOf } from '../../rollout/pulse.ts'
import { differences, postgres } from './index.ts'
import { clusterSettings } from './patroni.yml.ts'
import { scramVerifier } from './scram.ts'
import { sizing } from './sizing.ts'

const GiB = 1024 ** 3
const json = (value: unknown) => ({ status: 200, body: JSON.stringify(value), error: null })
const member = (role: string, extra: object = {}) =>
  json({ state: 'running', role, patroni: { version: '4.0.7' }, ...extra })

describe('sizing', () => {
  it('leaves a 1 GB Pi room for everything else on it', () => {
    const sizes = sizing(GiB, 30 * GiB)
    expect(sizes.shared_buffers).toBe('144MB')
    expect(sizes.work_mem).toBe('4MB')
    expect(sizes.max_wal_size).toBe('1024MB')
  })

  it('grows with the Pi and never lets a dead replica fill a small card', () => {
    expect(sizing(8 * GiB, 200 * GiB).shared_buffers).toBe('2048MB')
    expect(Number.parseInt(sizing(GiB, 8 * GiB).max_slot_wal_keep_size!, 10)).toBeLessThanOrEqual(1024)
  })

  it('does not move with a few kilobytes of memory', () => {
    expect(sizing(GiB - 40_000_000, 30 * GiB)).toEqual(sizing(GiB - 41_000_000, 30 * GiB))
  })
})

describe('scramVerifier', () => {
  it('has the form that pg_authid keeps, the same each time, another for another password', () => {
    const one = scramVerifier(new Secret('secret'), 'home app')
    expect(one).toMatch(/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/)
    expect(scramVerifier(new Secret('secret'), 'home app')).toBe(one)
    expect(scramVerifier(new Secret('other'), 'home app')).not.toBe(one)
  })
})

describe('differences', () => {
  it('names what lacks or differs and leaves alone what others added', () => {
    const wanted = clusterSettings(spec)
    expect(differences(wanted, { ...wanted, pause: false })).toEqual([])
    expect(differences(wanted, { ...wanted, ttl: 99, postgresql: { use_slots: true } })).toContain('ttl')
    expect(differences({ a: { b: 1 } }, { a: {} })).toEqual(['a.b'])
    expect(differences({ a: 40 }, { a: '40' })).toEqual([])
  })
})

describe('steps that only the primary takes', () => {
  const context = contextOf('pi-2')
  const steps = postgres.steps(context)
  const step = (id: string) => steps.find((entry) => entry.id === id)!

  it.each(['postgres/settings', 'postgres/database', 'postgres/statements'])(
    '%s: a replica has nothing to do, the primary has',
    (id) => {
      const verdict = (role: string) =>
        step(id).check(
          answers(step(id).reads, {
            over: [
              [patroniMember, member(role)],
              [patroniSettings, json({ ttl: 99 })],
            ],
          }),
        )
      expect(verdict('replica').settled).toBe(true)
      expect(verdict('primary').settled).toBe(false)
      expect(verdict('master').settled).toBe(false)
    },
  )

  it('restarts only when a setting waits for it', () => {
    const { reads, check } = step('postgres/restart')
    const verdict = (extra: object) => check(answers(reads, { over: [[patroniMember, member('replica', extra)]] }))
    expect(verdict({}).settled).toBe(true)
    expect(verdict({ pending_restart: true }).settled).toBe(false)
    const change = (from: string, to: string) => ({
      pending_restart: true,
      pending_restart_reason: { max_connections: { old_value: from, new_value: to } },
    })
    expect(verdict(change('40', '50')).settled).toBe(false)
    expect(verdict(change('50', '40')).settled).toBe(true)
  })
})

describe('pulseOf', () => {
  const members = [
    { name: 'pi-2', role: 'leader', state: 'running' },
    { name: 'pi-3', role: 'replica', state: 'streaming', lag: 0 },
    { name: 'pi-4', role: 'replica', state: 'streaming', lag: 64 * 1024 ** 2 },
  ]
  const facts = (role: string | null) =>
    answers(
      pulseFacts,
      role
        ? {
            over: [
              [patroniMember, member(role)],
              [patroniCluster, json({ members })],
            ],
          }
        : {},
    )

  it('sees no cluster on factory Pis', () => {
    const known = new Map(spec.nodes.map((node) => [node.name, facts(null)]))
    expect(pulseOf(spec, known)).toEqual({
      ...noPulse,
      joining: ['pi-1', 'pi-2', 'pi-3', 'pi-4'],
      storeless: ['pi-1', 'pi-2', 'pi-3', 'pi-4'],
    })
  })

  it('names the primary and the replicas that are in step', () => {
    const known = new Map([
      ['pi-2', facts('primary')],
      ['pi-3', facts('replica')],
      ['pi-4', facts('replica')],
    ])
    expect(pulseOf(spec, known)).toMatchObject({ primary: 'pi-2', streaming: ['pi-3'] })
  })

  it('tells a replica that follows from one that runs on another timeline', () => {
    const told = [
      { name: 'pi-2', role: 'leader', state: 'running', timeline: 3 },
      { name: 'pi-3', role: 'replica', state: 'streaming', timeline: 3 },
      { name: 'pi-4', role: 'replica', state: 'running', timeline: 2 },
    ]
    expect(patroniCluster.read(json({ members: told }))).toMatchObject({
      streaming: ['pi-3', 'pi-4'],
      following: ['pi-3'],
    })
  })

  it('does not believe that a node is primary when that node says it is not', () => {
    const known = new Map([
      ['pi-2', facts(null)],
      ['pi-3', facts('replica')],
    ])
    expect(pulseOf(spec, known).primary).toBeNull()
  })

  it('believes the others about a primary that cannot be asked', () => {
    expect(pulseOf(spec, new Map([['pi-3', facts('replica')]])).primary).toBe('pi-2')
  })
})
