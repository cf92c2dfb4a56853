import { obstacles, type Plan, type PlannedStep } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { byRole, interruptions, listed, losses, packagesOf, refusal, rolloutWords, totals } from './words.ts'

function step(id: string, over: Partial<PlannedStep> = {}): PlannedStep {
  return {
    id,
    role: id.split('/')[0]!,
    title: id,
    verdict: 'todo',
    because: 'missing',
    actions: [],
    signature: '',
    destroys: null,
    disrupts: null,
    ...over,
  }
}

const plan: Plan = {
  digest: 'd',
  rollout: 'one-by-one',
  order: ['pi-3', 'pi-2', 'pi-1'],
  changes: 2,
  findings: [],
  nodes: [
    {
      node: 'pi-1',
      steps: [step('base/time'), step('postgres/unit', { disrupts: 'PostgreSQL restarts' })],
      trouble: null,
    },
    { node: 'pi-2', steps: [step('base/time', { verdict: 'settled', destroys: 'old data' })], trouble: null },
    { node: 'pi-3', steps: [step('etcd/data', { destroys: 'the old etcd data' })], trouble: null },
  ],
}

test('the order names only the Pis that have work', () => {
  expect(rolloutWords(plan)).toMatch(/^One by one: pi-3, then pi-1\./)
  expect(rolloutWords({ ...plan, rollout: 'together' })).toMatch(/pi-3 and pi-1 are set up at the same time/)
  expect(rolloutWords({ ...plan, nodes: [] })).toBe('Nothing to do on any Pi.')
})

test('only steps to do can lose or stop anything', () => {
  expect(losses(plan)).toEqual([{ node: 'pi-3', step: 'etcd/data', words: 'the old etcd data' }])
  expect(interruptions(plan)).toEqual([{ node: 'pi-1', step: 'postgres/unit', words: 'PostgreSQL restarts' }])
})

test('packages are read from the command that installs them', () => {
  const argv = [
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    'install',
    '-q',
    '-y',
    '-o',
    'DPkg::Lock::Timeout=300',
  ]
  expect(
    packagesOf(step('x/y', { actions: [{ kind: 'run', argv: [...argv, 'haproxy', 'etcd-server'], as: 'root' }] })),
  ).toEqual(['haproxy', 'etcd-server'])
  expect(packagesOf(step('x/y', { actions: [{ kind: 'run', argv: ['install', '-d', '/srv'], as: 'root' }] }))).toEqual(
    [],
  )
})

test('totals and groups', () => {
  expect(totals(plan)).toEqual({ steps: 3, files: 0, packages: 0, settled: 1 })
  expect(byRole([step('a/1'), step('b/1'), step('a/2')]).map((group) => `${group.role} ${group.steps.length}`)).toEqual(
    ['a 2', 'b 1'],
  )
  expect(listed(['a', 'b', 'c'])).toBe('a, b and c')
})

test('a plan with an error, without a reachable Pi or without a change cannot be approved', () => {
  expect(refusal(plan)).toBeNull()
  const error = { level: 'error', code: 'vip-taken', node: null, message: 'Taken.', cure: 'Choose another.' } as const
  expect(refusal({ ...plan, findings: [error] })).toMatch(/^Fix the problems/)
  expect(refusal({ ...plan, changes: 0 })).toMatch(/nothing to provision/)
  const dark = { node: 'pi-4', steps: null, trouble: null }
  expect(refusal({ ...plan, changes: 0, nodes: [...plan.nodes, dark] })).toMatch(/Could not reach pi-4/)
  expect(refusal({ ...plan, nodes: [{ node: 'pi-1', steps: null, trouble: null }] })).toMatch(/No Pi/)
})

test('an error that a person may accept is asked of him with the button', () => {
  const accept = 'pi-1:/etc/haproxy/haproxy.cfg'
  const error = { level: 'error', code: 'foreign-config', node: 'pi-1', message: 'Yours.', cure: 'x', accept } as const
  const asking = { ...plan, findings: [error] }
  expect(refusal(asking)).toBeNull()
  expect(obstacles(asking, [])).toEqual([error])
  expect(obstacles(asking, ['pi-2:/etc/haproxy/haproxy.cfg'])).toEqual([error])
  expect(obstacles(asking, [accept])).toEqual([])
})
