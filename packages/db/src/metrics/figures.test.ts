import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { nodeSample, someLook, watchedCluster } from '../../test/watching.ts'
import { readFigures, recordTick } from './index.ts'

useDatabase()

test('the newest figures of the last minute, of every cluster; what is older is not told', async () => {
  const one = await watchedCluster()
  const two = await watchedCluster()
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000)
  const tick = (cluster: string, at: Date, ...nodes: string[]) =>
    recordTick({
      ...{ cluster, at, events: [] },
      states: nodes.map((node) =>
        someLook(node, at, node === 'pi-2' ? { trouble: { code: 'away', message: 'No.', cure: 'Look.' } } : {}),
      ),
      samples: nodes.map((node) => nodeSample(node, { load1: 2, cpu: at.getTime() % 7 })),
    })
  await tick(one.id, ago(90), 'pi-3')
  await tick(one.id, ago(20), 'pi-1', 'pi-2')
  const newest = ago(10)
  await tick(one.id, newest, 'pi-1')
  await tick(two.id, ago(300), 'pi-1')

  const { figures, looks } = await readFigures()
  expect(figures.map(({ cluster, node }) => [cluster, node])).toEqual([
    [one.name, 'pi-1'],
    [one.name, 'pi-2'],
  ])
  expect(figures[0]).toEqual({
    ...{ cluster: one.name, kind: 'node', node: 'pi-1', name: '' },
    values: { cpu: newest.getTime() % 7, load1: 2 },
  })
  expect(looks.map(({ cluster, nodes }) => [cluster, nodes])).toEqual([
    [
      one.name,
      [
        { node: 'pi-1', up: true },
        { node: 'pi-2', up: false },
      ],
    ],
    [two.name, []],
  ])
  expect(looks[0]?.age).toBeGreaterThan(9)
  expect(looks[0]?.age).toBeLessThan(100)
  expect(looks[1]?.age).toBeGreaterThan(290)
})
