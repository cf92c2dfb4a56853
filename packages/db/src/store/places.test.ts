import { expect, test } from 'vitest'
import { endRunOf, someUpload } from '../../test/apps.ts'
import { newCluster, planned } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { requestDeploy } from '../apps/index.ts'
import { createCluster } from '../clusters/index.ts'
import { listPlaces } from '../index.ts'
import { claimRun, endRun, requestRun } from '../runs/index.ts'

useDatabase()
const by = 'ada@example.org'

test('every cluster with its nodes, whether it was built and whether something goes on', async () => {
  const { name } = await createCluster(newCluster())
  const { name: other } = await createCluster(newCluster())
  const place = async () => (await listPlaces()).find((entry) => entry.name === name)
  expect(await place()).toEqual({ name, nodes: ['pi-1', 'pi-2', 'pi-3'], apps: [], built: false, busy: false })
  const digest = 'c'.repeat(64)
  await planned(name, digest)
  expect(await place()).toMatchObject({ built: false, busy: false })
  const run = await requestRun({ cluster: name, request: { kind: 'provision', approved: digest }, by })
  expect(await place()).toMatchObject({ built: false, busy: true })
  await endRun((await claimRun(run, 'worker'))!, { status: 'partial', outcome: null, trouble: null })
  expect(await place()).toMatchObject({ built: true, busy: false })
  for (const app of ['shop', 'blog'])
    await requestDeploy({ cluster: name, app, from: { upload: await someUpload(name) }, by }).then(({ run }) =>
      run ? endRunOf(run) : undefined,
    )
  expect(await place()).toMatchObject({ apps: ['blog', 'shop'] })
  const names = (await listPlaces()).map((entry) => entry.name)
  expect(names).toEqual([...names].sort())
  expect(names).toEqual(expect.arrayContaining([name, other]))
})
