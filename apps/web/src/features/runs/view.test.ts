import type { Plan, PlannedStep } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { duration } from '@/format/duration.ts'
import { expectedSteps, lanesOf, type RunView, type StepView } from './view.ts'

const run: RunView = {
  id: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
  kind: 'provision',
  status: 'running',
  cluster: 'shelf',
  only: null,
  serverSwitch: null,
  drill: null,
  app: null,
  requestedBy: 'ada',
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: '2026-01-01T00:00:01.000Z',
  endedAt: null,
  cancelRequested: false,
  outcome: null,
  trouble: null,
  approved: null,
  approvedRun: null,
  retryOf: null,
  hasPlan: false,
  steps: [],
  lines: 0,
  changed: null,
  message: null,
}

function told(node: string, id: string, status: StepView['status']): StepView {
  return { node, id, title: id, status, because: '', seconds: null, error: null }
}

test('a lane has the steps to come in their order, and those only the run knows after them', () => {
  const expected = [
    { node: 'pi-1', id: 'base/hostname', title: 'Host name', settled: true },
    { node: 'pi-1', id: 'etcd/unit', title: 'Start etcd', settled: false },
  ]
  const going = { ...run, steps: [told('pi-1', 'base/extra', 'done'), told('pi-1', 'base/hostname', 'changed')] }
  const [first, second] = lanesOf(going, ['pi-1', 'pi-2'], expected)
  expect(first!.steps.map((step) => `${step.id} ${step.status}`)).toEqual([
    'base/hostname changed',
    'etcd/unit pending',
    'base/extra done',
  ])
  expect([first!.status, first!.done, first!.total]).toEqual(['running', 2, 3])
  expect([second!.status, second!.total]).toEqual(['waiting', 0])
})

test('the outcome of a node wins over what its steps look like', () => {
  const ended: RunView = {
    ...run,
    status: 'partial',
    outcome: {
      status: 'partial',
      changed: 1,
      seconds: 4,
      message: '',
      nodes: [{ node: 'pi-2', outcome: 'unreachable', changed: 0, message: 'No answer on port 22.' }],
    },
  }
  const lane = lanesOf(ended, ['pi-2'], [])[0]!
  expect([lane.status, lane.message]).toEqual(['unreachable', 'No answer on port 22.'])
})

test('a settled step that a run never came to is not left over at its end', () => {
  const expected = [
    { node: 'pi-1', id: 'base/sudo', title: 'Sudo', settled: true },
    { node: 'pi-1', id: 'etcd/unit', title: 'Start etcd', settled: false },
  ]
  const going = { ...run, steps: [told('pi-1', 'etcd/unit', 'changed')] }
  expect(lanesOf(going, ['pi-1'], expected)[0]!.total).toBe(2)
  expect(lanesOf({ ...going, status: 'succeeded' }, ['pi-1'], expected)[0]!.total).toBe(1)
})

test('nothing looks like it still runs when the run is over', () => {
  for (const status of ['failed', 'cancelled', 'succeeded'] as const)
    expect(['running', 'waiting']).not.toContain(lanesOf({ ...run, status }, ['pi-1'], [])[0]!.status)
})

test('expected steps follow the rollout order and say what is settled', () => {
  const step = (id: string, verdict: 'settled' | 'todo'): PlannedStep => ({
    id,
    role: 'base',
    title: id,
    verdict,
    because: '',
    actions: [],
    signature: '',
    destroys: null,
    disrupts: null,
  })
  const plan: Plan = {
    digest: '',
    rollout: 'one-by-one',
    order: ['b', 'a'],
    changes: 2,
    findings: [],
    nodes: [
      { node: 'a', steps: [step('base/x', 'todo')], trouble: null },
      { node: 'b', steps: [step('base/x', 'settled'), step('base/y', 'todo')], trouble: null },
    ],
  }
  expect(expectedSteps(plan).map((entry) => `${entry.node} ${entry.id} ${entry.settled}`)).toEqual([
    'b base/x true',
    'b base/y false',
    'a base/x false',
  ])
})

test('durations carry their units', () => {
  expect([duration(47.6), duration(185), duration(3725)]).toEqual(['48 s', '3 min 05 s', '1 h 02 min'])
})
