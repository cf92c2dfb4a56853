/** A container image that the dashboard deploys: from a private registry, and as an upload that a person made with docker save. */
import { readFileSync } from 'node:fs'
import { getApp, removeImageSource, requestImageDeploy, requestRollback, setImageSource } from '@bramble/db/apps'
import { getRun, readLog } from '@bramble/db/runs'
import { until, useDatabase } from '@bramble/db/test/database'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askHost, startVisitors } from './app-visitors.ts'
import { type ContainerRegistry, type ImageWorkshop, openWorkshop, startRegistry } from './container-images.ts'
import { openStage, type Stage } from './stage.ts'
import { watchStage } from './watched.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

const minute = 60_000
const by = 'ada@example.org'
const app = 'shop'
const host = 'shop.example'
useDatabase()
let stage: Stage
let workshop: ImageWorkshop
let registry: ContainerRegistry
let worker: WorkerProcess
beforeAll(async () => {
  stage = await openStage({ id: 151, nodes: 3, built: true })
  await watchStage(stage)
  workshop = openWorkshop()
  registry = await startRegistry(stage.id, workshop.folder)
  worker = await startWorkerProcess(stage.id)
}, 15 * minute)
afterAll(async () => {
  await worker?.end()
  registry?.stop()
  workshop?.close()
  await stage?.close()
}, 2 * minute)

const cluster = () => stage.spec.name
const reference = () => `${registry.host}/team/shop:1`
const set = (change: object) =>
  setImageSource({ cluster: cluster(), app, source: { reference: reference(), ...change }, domains: [host], by })
const deploy = async () => {
  const { run } = await requestImageDeploy({ cluster: cluster(), app, by })
  await until('the run ends', async () => !['queued', 'running'].includes((await getRun(run!))!.status), 8 * minute)
  const lines = (await readLog({ run: run!, from: 0, limit: 5000 })).map(({ text }) => text).join('\n')
  return { run: await getRun(run!), lines }
}
const serves = (marker: string) =>
  until(`${marker} serves`, async () => (await askHost(stage.site, host)).body === marker, 2 * minute)

describe('from the dashboard', () => {
  it(
    'an image of a private registry needs its password, which no log has, and its digest is shown',
    async () => {
      await registry.push(await workshop.image('first', 'first'), 'team/shop:1')
      const authority = readFileSync(registry.authority, 'utf8')
      await set({ authority })
      const closed = await deploy()
      expect(closed.run!.status).toBe('failed')
      expect(JSON.stringify(closed.run)).toContain('a user and a password')
      await set({ authority, user: registry.user, password: registry.password })
      const { run, lines } = await deploy()
      expect([run!.status, lines]).toEqual(['succeeded', expect.stringContaining(`Pulling ${reference()}`)])
      await serves('first')
      const auth = Buffer.from(`${registry.user}:${registry.password}`).toString('base64')
      expect([registry.password, auth].filter((secret) => lines.includes(secret))).toEqual([])
      const [release] = (await getApp(cluster(), app))!.releases
      expect(release).toMatchObject({ serves: true, source: reference() })
      expect(release!.found?.image).toMatchObject({ digest: expect.stringMatching(/^sha256:/), port: 80 })
    },
    14 * minute,
  )

  it(
    'a tag that moved is pulled again and is another release, to be rolled back without a failed request',
    async () => {
      const before = (await getApp(cluster(), app))!.releases[0]!
      await registry.push(await workshop.image('second', 'second'), 'team/shop:1')
      const load = startVisitors(stage.site, host, 4)
      expect((await deploy()).run!.status).toBe('succeeded')
      await serves('second')
      await requestRollback({ cluster: cluster(), app, release: before.id, by })
      await serves('first')
      await load.stop()
      expect(load.failures()).toEqual([])
      await removeImageSource({ cluster: cluster(), app, by })
      expect((await getApp(cluster(), app))!.image).toBeNull()
    },
    14 * minute,
  )
})
