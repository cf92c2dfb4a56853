import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createCluster, getCluster, getProbe, pinHostKey, requestProbe } from '@bramble/db/clusters'
import { getRun, readLog, requestRun } from '@bramble/db/runs'
import { newCluster } from '@bramble/db/test/clusters'
import { until, useDatabase } from '@bramble/db/test/database'
import { run, start } from '@bramble/process'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

useDatabase()
const by = 'ada@example.org'
const folder = fileURLToPath(new URL('..', import.meta.url))
const argv = [process.execPath, '--import', 'tsx', 'src/main.ts']
const workers: ReturnType<typeof start>[] = []
let data: string
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'bramble-worker-'))
})
afterAll(() => rm(data, { recursive: true, force: true }))
/** Away from the folder and the port of a Bramble that runs here. */
const startOne = (more: NodeJS.ProcessEnv = {}) => {
  const env = { ...process.env, BRAMBLE_DATA: data, BRAMBLE_ARRIVALS_PORT: '3988', ...more }
  workers.push(start(argv, { cwd: folder, stdio: 'ignore', env }))
}
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => ended(worker, 'SIGTERM')))
})
function ended(worker: ReturnType<typeof start>, signal: NodeJS.Signals): Promise<number | null> {
  if (worker.exitCode !== null || worker.signalCode !== null) return Promise.resolve(worker.exitCode)
  return new Promise((resolve) => {
    worker.once('exit', resolve)
    worker.kill(signal)
  })
}

/** A cluster in a lab that does not exist: every node is refused at once, and nothing leaves this machine. */
async function absentCluster(): Promise<string> {
  const asked = newCluster()
  asked.spec.vip = '198.19.255.100'
  for (const [at, node] of asked.spec.nodes.entries()) node.address = `198.19.255.${11 + at}`
  return (await createCluster(asked)).name
}

test('does not start with a key that this database was not made with, and says the cure', async () => {
  startOne()
  const probe = await requestProbe({ address: '198.19.255.11', user: 'pi', by })
  // One that starts slowly is told as missing until then.
  const code = async () => (await getProbe(probe))?.trouble?.code
  await until('the worker has tested the connection', async () => (await code()) === 'unreachable', 150_000)
  expect(await ended(workers[0]!, 'SIGTERM')).toBe(0)

  const wrong = await run(argv, { cwd: folder, env: { BRAMBLE_SECRET_KEY: randomBytes(32).toString('base64') } })
  expect(wrong.code).toBe(78)
  expect(wrong.stderr).toContain('Give Bramble the old key')
}, 240_000)

test('a plan of Pis that are all away fails with their names, and the next worker finds work waiting', async () => {
  const cluster = await absentCluster()
  const id = await requestRun({ cluster, request: { kind: 'plan' }, by })
  startOne()
  await until('the run has ended', async () => (await getRun(id))?.endedAt !== null, 150_000)
  const view = (await getRun(id))!
  expect(view.status).toBe('failed')
  expect(view.outcome?.nodes.map((node) => [node.node, node.outcome])).toEqual([
    ['pi-1', 'unreachable'],
    ['pi-2', 'unreachable'],
    ['pi-3', 'unreachable'],
  ])
  expect((await readLog({ run: id, from: 0 })).some((line) => line.text.includes('198.19.255.12'))).toBe(true)
  const nodes = (await getCluster(cluster))!.nodes
  expect(nodes.map((node) => [node.reachable, node.trouble?.code])).toEqual(Array(3).fill([false, 'unreachable']))
  const fingerprint = `SHA256:${'n'.repeat(43)}`
  await pinHostKey({ cluster, node: 'pi-1', fingerprint, by })
  expect((await getCluster(cluster))!.nodes[0]).toMatchObject({ hostKey: fingerprint, trouble: null })
}, 240_000)
