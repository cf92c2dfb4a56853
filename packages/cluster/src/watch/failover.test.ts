import { expect, test } from 'vitest'
import type { ClusterSpec } from '../spec.ts'
import { failoverOf } from './failover.ts'
import { nothingSeen, type Recollection, recall, recollectionFrom, settled } from './recollection.ts'
import { changed, later, patroniSays, specOf, wellAt, without } from './specimen.ts'
import type { ClusterWatch } from './state.ts'

const clock = (seconds: number) => new Date(Date.UTC(2026, 10, 26, 3, 0, 0) + seconds * 1000)
const iso = (seconds: number) => clock(seconds).toISOString()

/** What the page says after these looks, at a moment. */
function after(spec: ClusterSpec, looks: ClusterWatch[], seconds: number, from: Recollection = nothingSeen) {
  const past = looks.reduce(recall, from)
  return failoverOf({ spec, watch: looks.at(-1)!, past, now: clock(seconds) })
}

const nobodyLeads = (watch: ClusterWatch) =>
  patroniSays(watch, (patroni) => ({
    members: patroni.members.map((member) => ({ ...member, role: member.role === 'leader' ? 'replica' : member.role })),
  }))

/** The lease is with `node`; `primary` when it has opened for writes. */
const led = (watch: ClusterWatch, node: string, primary: boolean) =>
  patroniSays(watch, (patroni, name) => ({
    role: name === node && primary ? 'primary' : 'replica',
    state: name === node && primary ? 'running' : 'streaming',
    members: patroni.members.map((member) => ({ ...member, role: member.name === node ? 'leader' : 'replica' })),
  }))

test('a healthy stack tells of no failover', () => {
  const spec = specOf(3)
  expect(after(spec, [wellAt(spec, iso(0)), wellAt(spec, iso(5))], 6)).toBeNull()
  expect(failoverOf({ spec, watch: { at: null, states: [] }, past: nothingSeen, now: clock(0) })).toBeNull()
})

test('the power of the primary goes: its lease, the election, the promotion and the end, second by second', () => {
  const spec = specOf(3, { preset: 'fast' })
  const well = wellAt(spec, iso(0))
  const gone = without(later(well, iso(5)), 'pi-1')
  expect(after(spec, [well, gone], 6)).toEqual({
    phase: 'silent',
    primary: 'pi-1',
    silentFor: 6,
    leaseEnds: 19,
    heirs: ['pi-2', 'pi-3'],
  })
  // A second look does not start the count again, and the lease never ends below zero.
  const still = later(gone, iso(10))
  expect(after(spec, [well, gone, still], 17)).toMatchObject({ silentFor: 17, leaseEnds: 8 })
  expect(after(spec, [well, gone, still], 90)).toMatchObject({ phase: 'silent', leaseEnds: 0 })

  const free = nobodyLeads(later(gone, iso(22)))
  expect(after(spec, [well, gone, free], 24)).toEqual({
    phase: 'electing',
    primary: 'pi-1',
    since: 2,
    expected: 10,
    heirs: ['pi-2', 'pi-3'],
  })
  const chosen = led(later(gone, iso(25)), 'pi-3', false)
  expect(after(spec, [well, gone, free, chosen], 26)).toEqual({
    phase: 'promoting',
    primary: 'pi-1',
    heir: 'pi-3',
    since: 21,
  })
  const opened = led(later(gone, iso(27)), 'pi-3', true)
  const looks = [well, gone, free, chosen, opened]
  expect(after(spec, looks, 30)).toEqual({ phase: 'over', primary: 'pi-3', before: 'pi-1', since: 3, gap: 27 })
  expect(after(spec, [...looks, later(opened, iso(160))], 161)).toBeNull()
})

test('PostgreSQL died but its Pi answers: it is started again where it is', () => {
  const spec = specOf(3)
  const well = wellAt(spec, iso(0))
  const crashed = changed(later(well, iso(5)), 'pi-1', (state) => ({
    ...state,
    postgres: null,
    patroni: state.patroni && { ...state.patroni, state: 'starting after failure' },
  }))
  expect(after(spec, [well, crashed], 8)).toEqual({
    phase: 'restarting',
    primary: 'pi-1',
    state: 'starting after failure',
    since: 3,
  })
})

test('without a quorum, in a pause, and without an heir nobody takes over', () => {
  const spec = specOf(3)
  const well = wellAt(spec, iso(0))
  expect(after(spec, [well, without(later(well, iso(5)), 'pi-1', 'pi-2')], 9)).toEqual({
    phase: 'stuck',
    primary: 'pi-1',
    because: 'quorum',
    since: 4,
    unfit: { 'pi-2': 'away' },
  })
  const free = nobodyLeads(without(later(well, iso(5)), 'pi-1'))
  const paused = patroniSays(free, () => ({ paused: true }))
  expect(after(spec, [well, paused], 9)).toMatchObject({ phase: 'stuck', because: 'paused' })
  const behind = patroniSays(free, (_, node) => (node === 'pi-2' ? { lagBytes: 2 ** 21 } : { state: 'stopped' }))
  expect(after(spec, [well, behind], 9)).toMatchObject({
    phase: 'stuck',
    because: 'no-heir',
    unfit: { 'pi-2': 'behind', 'pi-3': 'not-running' },
  })
})

test('with synchronous replication only the copy that has every commit may take over', () => {
  const spec = specOf(3, { synchronous: true })
  const well = wellAt(spec, iso(0))
  expect(after(spec, [well, without(later(well, iso(5)), 'pi-1')], 6)).toMatchObject({ heirs: ['pi-2'] })
})

test('a page that is opened in the middle of it knows from the timeline what it did not see', () => {
  const spec = specOf(3, { preset: 'fast' })
  const event = { until: null, level: 'critical', words: '', link: null } as const
  const from = recollectionFrom([
    { ...event, id: '1', at: iso(-600), kind: 'primary-changed', node: 'pi-1' },
    { ...event, id: '2', at: iso(5), kind: 'node-away', node: 'pi-1' },
    { ...event, id: '3', at: iso(5), kind: 'primary-lost', node: 'pi-1' },
  ])
  const gone = without(later(wellAt(spec, iso(0)), iso(15)), 'pi-1')
  expect(after(spec, [gone], 16, from)).toMatchObject({ phase: 'silent', silentFor: 11, leaseEnds: 9 })
  // And it opens again after the change: the old primary and the gap are known.
  const opened = led(gone, 'pi-2', true)
  const told = recollectionFrom([
    { ...event, id: '1', at: iso(-600), kind: 'primary-changed', node: 'pi-1' },
    { ...event, id: '3', at: iso(5), kind: 'primary-lost', node: 'pi-1' },
    { ...event, id: '4', at: iso(27), kind: 'primary-changed', node: 'pi-2' },
  ])
  expect(after(spec, [later(opened, iso(30))], 31, told)).toEqual({
    phase: 'over',
    primary: 'pi-2',
    before: 'pi-1',
    since: 4,
    gap: 22,
  })
})

test('a page that was awake knows when the old primary was last seen; one that slept asks the timeline', () => {
  const spec = specOf(3)
  const well = wellAt(spec, iso(0))
  const opened = later(led(without(well, 'pi-1'), 'pi-2', true), iso(25))
  const stored: Recollection = {
    ...nothingSeen,
    primary: { node: 'pi-2', since: iso(25), seen: iso(25) },
    before: { node: 'pi-1', seen: iso(15) },
  }
  const seenBy = (last: number) => recall(recall(nothingSeen, later(well, iso(last))), opened)
  expect(settled(seenBy(0), stored).before).toEqual({ node: 'pi-1', seen: iso(0) })
  expect(settled(seenBy(-600), stored).before).toEqual({ node: 'pi-1', seen: iso(15) })
})
