import type { NewTimelineEvent } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { watchedCluster } from '../../test/watching.ts'
import { removeCluster } from '../clusters/index.ts'
import { prisma } from '../store/connection.ts'
import { listTimeline, recordEvents, recordTick } from './index.ts'

useDatabase()
const by = 'ada@example.org'
const at = (minute: number) => new Date(Date.UTC(2026, 10, 26, 3, minute))
const range = (from: number, to: number) => ({ from: at(from), to: at(to) })

function event(minute: number, change: Partial<NewTimelineEvent> = {}): NewTimelineEvent {
  return {
    ...{ at: at(minute).toISOString(), until: null, kind: 'node-away', level: 'critical', node: 'pi-1', link: null },
    ...{ words: 'pi-1 does not answer.' },
    ...change,
  }
}

test('events and runs in one line of time, newest last', async () => {
  const { id, name } = await watchedCluster()
  const ran = (kind: string, status: string, change: object) =>
    prisma().run.create({
      data: { clusterId: id, kind, status, request: { kind }, spec: {}, requestedBy: by, createdAt: at(1), ...change },
    })
  const failed = await ran('provision', 'failed', {
    ...{ startedAt: at(4), endedAt: at(6), request: { kind: 'provision', only: ['pi-2'] } },
    trouble: { code: 'preflight', message: 'pi-2 is full.', cure: 'Make room.' },
  })
  const flash = await ran('flash', 'succeeded', { startedAt: at(2), endedAt: at(3) })
  await ran('plan', 'succeeded', { startedAt: at(50), endedAt: at(51) })
  await recordEvents({ cluster: name, events: [event(5, { node: null, words: 'The cluster is read-only.' })] })
  await recordTick({ cluster: id, at: at(3), states: [], samples: [], events: [event(3)] })

  const events = await listTimeline({ cluster: name, ...range(0, 10) })
  expect(events).toEqual([
    {
      ...{ id: flash.id, at: at(2).toISOString(), until: at(3).toISOString(), kind: 'run', level: 'good', node: null },
      ...{ words: `Flash succeeded, started by ${by}.`, link: `/flash/${flash.id}` },
    },
    { id: expect.any(String), ...event(3) },
    {
      ...{ id: failed.id, at: at(4).toISOString(), until: at(6).toISOString(), kind: 'run', level: 'critical' },
      words: `Provision of pi-2 failed, started by ${by}. pi-2 is full.`,
      ...{ node: 'pi-2', link: `/runs/${failed.id}` },
    },
    { id: expect.any(String), ...event(5, { node: null, words: 'The cluster is read-only.' }) },
  ])
  const newest = await listTimeline({ cluster: name, ...range(0, 10), limit: 2 })
  expect(newest).toEqual(events.slice(-2))
})

test('the same event is one, and gets its end when it is recorded again with one', async () => {
  const { id, name } = await watchedCluster()
  const ended = event(3, { until: at(8).toISOString() })
  for (const given of [[event(3)], [event(3), event(3)], [event(3), ended], [event(3)]])
    await recordTick({ cluster: id, at: at(3), states: [], samples: [], events: given })
  await recordEvents({ cluster: id, events: [event(3, { node: 'pi-2', words: 'pi-2 does not answer.' })] })
  const events = await listTimeline({ cluster: name, ...range(0, 10) })
  expect(events.map(({ node, until }) => [node, until]).sort()).toEqual([
    ['pi-1', at(8).toISOString()],
    ['pi-2', null],
  ])
})

test('what began before and lasted into the time asked for belongs to it; what goes on has no end', async () => {
  const { id, name } = await watchedCluster()
  await recordEvents({ cluster: name, events: [event(3, { until: at(8).toISOString() }), event(2)] })
  await prisma().run.create({
    data: { clusterId: id, kind: 'plan', status: 'running', request: {}, spec: {}, requestedBy: by, startedAt: at(1) },
  })
  const seen = async (from: number, to: number) =>
    (await listTimeline({ cluster: name, ...range(from, to) })).map(({ kind, until }) => [kind, until])
  expect(await seen(5, 10)).toEqual([
    ['run', null],
    ['node-away', at(8).toISOString()],
  ])
  expect(await seen(9, 10)).toEqual([['run', null]])
  expect(await seen(0, 1)).toEqual([['run', null]])
})

test('no event outlives its cluster, and none is written for one that is gone', async () => {
  const { id, name } = await watchedCluster()
  await recordEvents({ cluster: name, events: [event(3)] })
  await removeCluster({ cluster: name, typedName: name, by })
  expect(await prisma().timelineEvent.count({ where: { clusterId: id } })).toBe(0)
  await expect(recordEvents({ cluster: id, events: [event(3)] })).rejects.toMatchObject({ code: 'cluster-unknown' })
})

test('a link that is no path of the dashboard leads nowhere', async () => {
  const { name } = await watchedCluster()
  const links = ['/runs/1', 'javascript:alert(1)', '//evil.example', '/\\\\evil.example', 'https://evil.example']
  await recordEvents({ cluster: name, events: links.map((link, minute) => event(minute, { link })) })
  const events = await listTimeline({ cluster: name, ...range(0, 10) })
  expect(events.map(({ link }) => link)).toEqual(['/runs/1', null, null, null, null])
})
