import { type ClusterWatch, nothingSeen, recall, standingOf } from '@bramble/cluster'
import { later, patroniSays, specOf, wellAt, without } from '@bramble/cluster/specimen'
import { expect, test } from 'vitest'
import { listed, span } from '@/format/words.ts'
import { failoverWords, headline, lossWords, promise, quorumNow, quorumPlan, readOnlyWords } from './copy.ts'

const at = (second: number) => new Date(Date.UTC(2026, 10, 26, 3, 0, second)).toISOString()

function said(looks: ClusterWatch[], second: number, spec = specOf(3)) {
  const watch = looks.at(-1)!
  const past = looks.reduce(recall, nothingSeen)
  return headline(standingOf({ spec, watch, past, now: new Date(at(second)), troubles: [] }), spec)
}

test('the headline of a healthy stack, and of one with a Pi away', () => {
  const spec = specOf(3)
  const well = wellAt(spec, at(0))
  expect(said([well], 1)).toBe('pi-1 is the primary; any one Pi can fail.')
  expect(said([well, without(later(well, at(5)), 'pi-3')], 6)).toBe(
    'pi-3 is unreachable. pi-1 is the primary; if pi-1 or pi-2 also fails, the database becomes read-only.',
  )
  const seven = specOf(7)
  const big = wellAt(seven, at(0))
  expect(said([big, without(later(big, at(5)), 'pi-6')], 6, seven)).toBe(
    'pi-6 is unreachable. pi-3 is the primary; one more can fail.',
  )
})

test('a primary that only the worker misses is told as that', () => {
  const spec = specOf(4)
  const gone = without(wellAt(spec, at(0)), 'pi-2')
  const states = gone.states.map((state) => ({
    ...state,
    haproxy: state.haproxy && {
      ...state.haproxy,
      servers: state.haproxy.servers.map((server) =>
        server.backend === 'postgres-primary' && server.server === 'pi-2'
          ? { ...server, status: 'up' as const }
          : server,
      ),
    },
  }))
  expect(said([{ ...gone, states }], 1, spec)).toBe(
    'The worker cannot reach the primary, pi-2. HAProxy still reached it at the last sample.',
  )
})

test('a failover is told second by second', () => {
  const spec = specOf(4, { preset: 'fast' })
  const well = wellAt(spec, at(0))
  const gone = without(later(well, at(2)), 'pi-2')
  expect(said([well, gone], 6, spec)).toBe(
    'The primary, pi-2, has been unreachable for 6 s; its lease expires in at most 16 s, then pi-3 or pi-4 takes over.',
  )
  expect(said([well, gone, later(gone, at(22))], 25, spec)).toBe(
    'The primary, pi-2, has been unreachable for 25 s; its lease should have expired, and pi-3 or pi-4 takes over.',
  )
  const free = patroniSays(later(gone, at(20)), (patroni) => ({
    members: patroni.members.map((member) => ({ ...member, role: 'replica' as const })),
  }))
  expect(said([well, gone, free], 22, spec)).toBe(
    'The lease of pi-2 has expired. pi-3 and pi-4 elect the next primary: for 2 s, usually within 10 s.',
  )
})

test('what nothing but a hand can mend says so', () => {
  expect(
    failoverWords({
      phase: 'stuck',
      primary: 'pi-1',
      because: 'no-heir',
      since: 70,
      unfit: { 'pi-2': 'behind', 'pi-3': 'away' },
    }),
  ).toBe(
    'No primary for 70 s, and no replica can take over: pi-2 is more than 1 MB behind and pi-3 is unreachable. Bring pi-1 back.',
  )
  expect(readOnlyWords({ code: 'quorum', healthy: 1, voters: 3, needed: 2, missing: ['pi-1', 'pi-2'] })).toEqual({
    because: 'etcd has 1 of 3 members online and needs 2 to elect a primary.',
    next: 'Bring back pi-1 or pi-2: with 2 members online, the database accepts writes again automatically.',
  })
})

test('quorum and losses in words', () => {
  const now = (healthy: number, holds: boolean) => quorumNow({ healthy, voters: 3, needed: 2, holds })
  expect(now(3, true)).toBe('3 of 3 etcd members are healthy: one more can fail.')
  expect(now(2, true)).toBe('2 of 3 etcd members are healthy: losing one more makes the database read-only.')
  expect(now(1, false)).toBe('1 of 3 etcd members is healthy, and a majority needs 2: no primary can be elected.')
  expect(now(1, true)).toMatch(/continues without the others: losing it makes the database read-only\.$/)
  expect(quorumPlan(3, 2)).toBe('3 etcd members, majority 2: survives the loss of 1.')
  const left = { etcd: 2, postgres: 2, balancer: 0, web: 2 }
  const loss = { node: 'pi-1', stops: ['address' as const], left, roles: [] }
  expect(lossWords(loss, 3)).toBe('The virtual IP becomes unreachable until pi-1 returns.')
  expect(lossWords({ ...loss, stops: [], roles: ['etcd', 'web'] }, 3)).toBe(
    '2 of 3 etcd members keep the majority and 2 web nodes serve the site.',
  )
  expect(promise([], 3)).toBe('The cluster survives the loss of any one Pi.')
  expect(promise([loss], 3)).toBe('If pi-1 fails, the virtual IP becomes unreachable until pi-1 returns.')
  expect(promise([loss, { ...loss, node: 'pi-2' }], 3)).toBe('2 of 3 Pis are single points of failure: pi-1, pi-2.')
})

test('spans carry their units', () => {
  expect([0, 6.4, 119, 125, 7500, 12_000, 400_000].map(span)).toEqual([
    '0 s',
    '6 s',
    '119 s',
    '2 min',
    '2 h 5 min',
    '3 h 20 min',
    '5 days',
  ])
  expect(listed(['a', 'b', 'c'], 'or')).toBe('a, b or c')
})
