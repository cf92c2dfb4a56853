import { expect, test } from 'vitest'
import { lossOf, quorumNeeded, singlePoints } from './resilience.ts'
import { specOf, wellAt, without } from './watch/specimen.ts'
import { worksNow } from './watch/works.ts'

const moved = (count: number, change: (roles: readonly string[], at: number) => readonly string[]) => {
  const spec = specOf(count)
  return {
    ...spec,
    nodes: spec.nodes.map((node, at) => ({ ...node, roles: change(node.roles, at) as typeof node.roles })),
  }
}

test('the proposal for three or more Pis survives the loss of any one', () => {
  for (const count of [3, 4, 5, 6, 7, 10]) expect(singlePoints(specOf(count)), `${count} Pis`).toEqual([])
})

test('a role on one Pi alone is a single point of failure, and says what stops', () => {
  const balancer = moved(4, (roles, at) => (at === 3 ? roles.filter((role) => role !== 'balancer') : roles))
  expect(singlePoints(balancer)).toMatchObject([{ node: 'pi-1', stops: ['address'] }])
  const copy = moved(3, (roles, at) => (at > 0 ? roles.filter((role) => role !== 'postgres') : roles))
  expect(lossOf(copy, 'pi-1').stops).toEqual(['database'])
  const voter = moved(3, (roles, at) => (at > 0 ? roles.filter((role) => role !== 'etcd') : roles))
  expect(lossOf(voter, 'pi-1').stops).toEqual(['writes'])
  const site = moved(3, (roles, at) => (at > 0 ? roles.filter((role) => role !== 'web') : roles))
  expect(lossOf(site, 'pi-1')).toMatchObject({ stops: ['site'], left: { web: 0, etcd: 2, postgres: 2, balancer: 1 } })
  expect(lossOf(site, 'nobody').stops).toEqual([])
})

test('with one Pi away the others carry what it did', () => {
  const spec = specOf(7)
  const watch = wellAt(spec, '2026-11-26T03:00:00.000Z')
  const works = worksNow(spec, without(watch, 'pi-1'))
  // Five voters: the loss of one more is survived; the only other balancer is not.
  expect(singlePoints(spec, works)).toMatchObject([{ node: 'pi-2', stops: ['address'] }])
  expect(lossOf(spec, 'pi-1', works)).toMatchObject({ stops: [], roles: [] })
})

test('a majority is more than half', () => {
  expect([1, 2, 3, 4, 5, 7].map(quorumNeeded)).toEqual([1, 2, 2, 3, 3, 4])
})
