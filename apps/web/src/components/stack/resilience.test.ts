import { ClusterSpec, proposeRoles } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { addRole, moveRole, placementOf, removeRole, samePlacement, withPlacement } from './placement.ts'
import { lossOf, quorumWords, survivalWords } from './resilience.ts'

function stack(count: number): ClusterSpec {
  return ClusterSpec.parse({
    name: 'shelf',
    vip: '192.168.7.100',
    nodes: proposeRoles(count).map((roles, at) => ({ name: `pi-${at + 1}`, address: `192.168.7.${11 + at}`, roles })),
  })
}

test('the proposal for three or more Pis survives the loss of any one', () => {
  for (const count of [3, 4, 5, 6, 7, 10]) expect(survivalWords(stack(count)).level, `${count} Pis`).toBe('holds')
})

test('a role moved onto one Pi alone is named as a single point of failure', () => {
  const spec = stack(4)
  const moved = removeRole(placementOf(spec), 'pi-1', 'balancer')
  const review = withPlacement(spec, moved)
  const carrier = review.nodes.find((node) => node.roles.includes('balancer'))!.name
  expect(lossOf(review, carrier)).toMatchObject({ level: 'stops' })
  expect(survivalWords(review).words).toBe(
    `If ${carrier} dies, nothing answers on the virtual IP until ${carrier} returns.`,
  )
})

test('one voter is lost quorum, two copies of three are not', () => {
  const spec = stack(4)
  const voters = spec.nodes.filter((node) => node.roles.includes('etcd'))
  const lone = withPlacement(
    spec,
    voters.slice(1).reduce((placement, node) => removeRole(placement, node.name, 'etcd'), placementOf(spec)),
  )
  expect(lossOf(lone, voters[0]!.name).words).toMatch(/read-only/)
  expect(lossOf(spec, voters[0]!.name).level).toBe('holds')
  expect(quorumWords(3)).toBe('3 etcd voters, 2 must agree: the loss of 1 is survived.')
  expect(quorumWords(4)).toMatch(/the loss of 1 /)
})

test('moving a role keeps one of it, and a Pi that has it already is left alone', () => {
  const before = { a: ['etcd', 'web'], b: ['web'] } as const
  expect(moveRole(before, 'a', 'b', 'etcd')).toEqual({ a: ['web'], b: ['etcd', 'web'] })
  expect(moveRole(before, 'a', 'b', 'web')).toBe(before)
  expect(moveRole(before, 'a', 'nowhere', 'etcd')).toBe(before)
  expect(samePlacement(before, removeRole(addRole(before, 'b', 'etcd'), 'b', 'etcd'))).toBe(true)
  expect(samePlacement(before, removeRole(before, 'b', 'web'))).toBe(false)
})
