import { type ClusterWatch, nothingSeen, recall, standingOf } from '@bramble/cluster'
import { later, patroniSays, specOf, wellAt, without } from '@bramble/cluster/specimen'
import { expect, test } from 'vitest'
import { failoverWords, headline, lossWords, promise, quorumNow, quorumPlan, readOnlyWords } from './standing.ts'
import { listed, span } from './words.ts'

const at = (second: number) => new Date(Date.UTC(2026, 10, 26, 3, 0, second)).toISOString()

function said(looks: ClusterWatch[], second: number, spec = specOf(3)) {
  const watch = looks.at(-1)!
  const past = looks.reduce(recall, nothingSeen)
  return headline(standingOf({ spec, watch, past, now: new Date(at(second)), troubles: [] }), spec)
}

test('the headline of a healthy stack, and of one with a Pi away', () => {
  const spec = specOf(3)
  const well = wellAt(spec, at(0))
  expect(said([well], 1)).toBe('pi-1 is the primary; any one Pi may die.')
  expect(said([well, without(later(well, at(5)), 'pi-3')], 6)).toBe(
    'pi-3 does not answer. pi-1 is the primary; losing pi-1 or pi-2 too, the database is read-only.',
  )
  const seven = specOf(7)
  const big = wellAt(seven, at(0))
  expect(said([big, without(later(big, at(5)), 'pi-6')], 6, seven)).toBe(
    'pi-6 does not answer. pi-3 is the primary; one more may die.',
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
    'pi-2, the primary, does not answer the worker. HAProxy still reached it at the last look.',
  )
})

test('a failover is told second by second', () => {
  const spec = specOf(4, { preset: 'fast' })
  const well = wellAt(spec, at(0))
  const gone = without(later(well, at(2)), 'pi-2')
  expect(said([well, gone], 6, spec)).toBe(
    'pi-2, the primary, has not answered for 6 s; its lease ends in at most 16 s, then pi-3 or pi-4 takes over.',
  )
  expect(said([well, gone, later(gone, at(22))], 25, spec)).toBe(
    'pi-2, the primary, has not answered for 25 s; its lease should have ended, and pi-3 or pi-4 takes over.',
  )
  const free = patroniSays(later(gone, at(20)), (patroni) => ({
    members: patroni.members.map((member) => ({ ...member, role: 'replica' as const })),
  }))
  expect(said([well, gone, free], 22, spec)).toBe(
    'The lease of pi-2 is over. Pi-3 and pi-4 agree on the next primary: for 2 s, usually within 10 s.',
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
    'No primary for 70 s, and nobody can take over: pi-2 is more than 1 MB behind and pi-3 does not answer. Bring pi-1 back.',
  )
  expect(readOnlyWords({ code: 'quorum', healthy: 1, voters: 3, needed: 2, missing: ['pi-1', 'pi-2'] })).toEqual({
    because: 'etcd has 1 of 3 voters, and 2 must agree on who is primary.',
    next: 'Bring back pi-1 or pi-2: with 2 voters the database writes again by itself.',
  })
})

test('quorum and losses in words', () => {
  const now = (healthy: number, holds: boolean) => quorumNow({ healthy, voters: 3, needed: 2, holds })
  expect(now(3, true)).toBe('3 of 3 etcd voters are healthy: one may still be lost.')
  expect(now(2, true)).toBe('2 of 3 etcd voters are healthy: losing one more makes the database read-only.')
  expect(now(1, false)).toBe('1 of 3 etcd voters is healthy, and 2 must agree: nobody can be elected.')
  expect(now(1, true)).toMatch(/goes on without the others: losing it makes the database read-only\.$/)
  expect(quorumPlan(3, 2)).toBe('3 etcd voters, 2 must agree: the loss of 1 is survived.')
  const left = { etcd: 2, postgres: 2, balancer: 0, web: 2 }
  const loss = { node: 'pi-1', stops: ['address' as const], left, roles: [] }
  expect(lossWords(loss, 3)).toBe('Nothing answers on the virtual IP until pi-1 returns.')
  expect(lossWords({ ...loss, stops: [], roles: ['etcd', 'web'] }, 3)).toBe(
    '2 of 3 voters still agree and 2 web nodes serve the site.',
  )
  expect(promise([], 3)).toBe('Any one Pi may die and the cluster keeps serving.')
  expect(promise([loss], 3)).toBe('If pi-1 dies, nothing answers on the virtual IP until pi-1 returns.')
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
