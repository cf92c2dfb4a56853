import type { appApi } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { stepEvents } from './run-events.ts'

const step = (change: Partial<appApi.Step>): appApi.Step => ({
  ...{ node: 'pi-1', id: 'app/start', title: 'Start', status: 'running', because: 'it is new', seconds: null },
  ...{ error: null, ...change },
})

test('a step becomes the event that the engine emits: what changed since it was seen last', () => {
  const told = new Map<string, appApi.Step>()
  const types = (change: Partial<appApi.Step>) => stepEvents(told, step(change)).map(({ type }) => type)
  expect(types({})).toEqual(['step-started'])
  expect(types({})).toEqual([])
  expect(types({ status: 'waiting', because: 'it does not answer' })).toEqual(['step-waiting'])
  expect(types({ status: 'waiting', because: 'it answers with 500' })).toEqual(['step-waiting'])
  expect(types({ status: 'changed', seconds: 2 })).toEqual(['step-settled'])
  expect(types({ node: 'pi-2', status: 'changed', seconds: 2 })).toEqual(['step-started', 'step-settled'])
  expect(types({ node: 'pi-3', status: 'done' })).toEqual(['step-settled'])
  const error = { code: 'unhealthy', message: 'It does not answer.', cure: 'Look at its log.' }
  expect(stepEvents(told, step({ node: 'pi-4', status: 'failed', error }))).toEqual([
    expect.objectContaining({ type: 'step-started' }),
    { type: 'step-failed', node: 'pi-4', step: 'app/start', title: 'Start', ...error },
  ])
})
