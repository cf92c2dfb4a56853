import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Card, FlashSettings } from '@bramble/cluster'
import { listAudit } from '@bramble/db/audit'
import { getCluster } from '@bramble/db/clusters'
import {
  addImage,
  type FlashView,
  followFlash,
  getFlash,
  listImages,
  listStations,
  removeImage,
  requestFlash,
  type StationView,
} from '@bramble/db/flash'
import { readLog, requestCancel } from '@bramble/db/runs'
import { blankCluster } from '@bramble/db/test/cards'
import { until, useDatabase } from '@bramble/db/test/database'
import { must, run as runCommand, start } from '@bramble/process'
import { buildPiImage } from '@bramble/provision/test/pi-image'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

const able =
  process.platform === 'linux' && process.getuid?.() === 0 && (await runCommand(['losetup', '-f'])).code === 0

const by = 'ada@example.org'
const MIB = 1024 * 1024

describe.skipIf(!able)('a flash of real cards (loop devices) by a real worker', () => {
  useDatabase()
  let home: string
  let image: string
  const loops: string[] = []
  const workers: ReturnType<typeof start>[] = []

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'bramble-flash-'))
    await mkdir(join(home, 'slots'))
    await mkdir(join(home, 'root'))
    // Enough that a worker can be killed in the middle of it.
    await must(['dd', 'if=/dev/urandom', `of=${join(home, 'root/noise')}`, 'bs=1M', 'count=256', 'status=none'])
    await buildPiImage({
      file: join(home, 'os.img'),
      firstBoot: 'cloud-init',
      sizeMiB: 420,
      root: join(home, 'root'),
    })
    for (const slot of ['one', 'two']) loops.push(await insert(slot))
  }, 120_000)
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => ended(worker, 'SIGTERM')))
  })
  afterAll(async () => {
    for (const loop of loops) await must(['losetup', '-d', loop]).catch(() => undefined)
    if (home) await rm(home, { recursive: true, force: true })
  })

  async function insert(slot: string): Promise<string> {
    const file = join(home, 'slots', `${slot}.img`)
    const handle = await open(file, 'w')
    await handle.truncate(600 * MIB)
    await handle.close()
    return (await must(['losetup', '--show', '-f', file])).trim()
  }

  function startWorker() {
    const worker = start([process.execPath, '--import', 'tsx', 'src/main.ts'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        BRAMBLE_DATA: join(home, 'data'),
        BRAMBLE_CARD_SLOTS: join(home, 'slots'),
        BRAMBLE_STATION: 'Test shelf',
        BRAMBLE_ARRIVALS_PORT: '3987',
      },
    })
    workers.push(worker)
    return worker
  }

  function ended(worker: ReturnType<typeof start>, signal: NodeJS.Signals): Promise<number | null> {
    if (worker.exitCode !== null || worker.signalCode !== null) return Promise.resolve(worker.exitCode)
    return new Promise((resolve) => {
      worker.once('exit', resolve)
      worker.kill(signal)
    })
  }

  async function station(): Promise<{ view: StationView; cards: Card[] }> {
    let view: StationView | undefined
    const own = () => (view?.cards ?? []).filter((card) => loops.includes(card.identity.path))
    await until(
      'the station shows its cards',
      async () => {
        view = (await listStations()).find((entry) => entry.name === 'Test shelf')
        return view?.online === true && own().length === loops.length
      },
      150_000,
    )
    return { view: view!, cards: own().toSorted((a, b) => (a.identity.path < b.identity.path ? -1 : 1)) }
  }

  async function flash(cluster: string, more: Partial<FlashSettings> = {}): Promise<string> {
    const { view, cards } = await station()
    image ??= (await addImage({ name: 'Tiny Pi OS', source: { kind: 'file', path: join(home, 'os.img') }, by })).id
    const asked = cards.map(({ identity }, at) => ({ node: `pi-${at + 1}`, card: identity, fixedDisk: false }))
    const { run } = await requestFlash({
      cluster,
      flash: {
        station: view.id,
        image,
        cards: asked,
        settings: FlashSettings.parse({ probeCapacity: false, prefix: 24, ...more }),
      },
      confirmed: Object.fromEntries(asked.map(({ node }) => [node, node])),
      by,
    })
    return run
  }

  /** Resolves with the first view that this holds of. */
  async function when(run: string, what: string, condition: (view: FlashView) => boolean): Promise<FlashView> {
    const signal = AbortSignal.timeout(90_000)
    for await (const view of followFlash({ run, signal })) if (condition(view)) return view
    throw new Error(`Waited in vain: ${what}. ${JSON.stringify(await getFlash(run))}`)
  }
  const over = (view: FlashView) => view.run.endedAt !== null

  async function firstBlockIsBlank(loop: string): Promise<boolean> {
    const handle = await open(loop, 'r')
    const { buffer } = await handle.read(Buffer.alloc(4096), 0, 4096, 0)
    await handle.close()
    return buffer.every((byte) => byte === 0)
  }

  test('two cards are written, verified and told step by step; their keys become the nodes’', async () => {
    startWorker()
    const cluster = await blankCluster()
    const run = await flash(cluster)
    const view = await when(run, 'the run has ended', over)
    expect(view.run.outcome?.message).toContain('pi-1, pi-2')
    expect(view.run.status).toBe('succeeded')
    for (const card of view.cards) {
      expect(card).toMatchObject({ phase: 'written', trouble: null, report: { badRanges: [] } })
      expect(card.report!.written).toBeGreaterThan(200 * MIB)
      expect(card.report!.verified).toBeGreaterThan(200 * MIB)
    }
    const keys = view.cards.map((card) => card.hostKey)
    expect(new Set(keys).size).toBe(2)
    expect((await getCluster(cluster))!.nodes.map((node) => node.hostKey)).toEqual([...keys, null])
    const steps = view.run.steps.filter((step) => step.node === 'pi-1').map((step) => [step.id, step.status])
    expect(steps).toEqual([
      ['flash/image', 'done'],
      ['flash/opening', 'done'],
      ['flash/customising', 'done'],
      ['flash/writing', 'changed'],
      ['flash/verifying', 'done'],
      ['flash/ejecting', 'done'],
    ])
    expect(await firstBlockIsBlank(loops[0]!)).toBe(false)
    const log = (await readLog({ run, from: 0 })).map((line) => line.text).join('\n')
    expect(log).not.toMatch(/PRIVATE KEY/)
    const copy = (await listImages()).find((entry) => entry.id === image)?.copies[0]
    expect(copy).toMatchObject({ state: 'ready', trouble: null })
    expect(copy!.bytesOnDisk).toBeGreaterThan(200 * MIB)
  }, 300_000)

  test('a cancel ends it within seconds and leaves cards that do not boot', async () => {
    startWorker()
    const run = await flash(await blankCluster())
    await when(run, 'it writes', (view) => view.cards.some((card) => card.phase === 'writing'))
    await requestCancel({ run, by })
    const asked = performance.now()
    const view = await when(run, 'the run has ended', over)
    expect(performance.now() - asked).toBeLessThan(5_000)
    expect(view.run.status).toBe('cancelled')
    for (const card of view.cards) {
      expect(card.phase).toBe('cancelled')
      expect(await firstBlockIsBlank(card.path)).toBe(true)
    }
  }, 300_000)

  test('a worker that is told to end cancels its flash: nobody carries it on', async () => {
    const worker = startWorker()
    const run = await flash(await blankCluster())
    await when(run, 'it writes', (view) => view.cards.some((card) => card.phase === 'writing'))
    expect(await ended(worker, 'SIGTERM')).toBe(0)
    const view = (await getFlash(run))!
    expect(view.run.status).toBe('cancelled')
    expect(view.cards.map((card) => card.phase)).toEqual(['cancelled', 'cancelled'])
    for (const card of view.cards) expect(await firstBlockIsBlank(card.path)).toBe(true)
    expect((await listStations()).find((entry) => entry.name === 'Test shelf')?.online).toBe(false)
    expect(await readdir(join(home, 'data/flashing'))).toEqual([])
  }, 300_000)

  test('a worker that is killed in the middle leaves a flash that ends as failed and blank cards', async () => {
    const worker = startWorker()
    const cluster = await blankCluster()
    const run = await flash(cluster)
    await when(run, 'it writes', (view) => view.cards.some((card) => card.phase === 'writing'))
    await ended(worker, 'SIGKILL')
    startWorker()
    const view = await when(run, 'the run has ended', over)
    expect(view.run).toMatchObject({ status: 'failed', trouble: { code: 'flash-worker-died' } })
    expect(view.run.trouble?.message).toContain('pi-1')
    for (const card of view.cards.filter(({ phase }) => phase === 'failed'))
      expect(await firstBlockIsBlank(card.path)).toBe(true)
    expect(view.cards.filter(({ phase }) => phase === 'failed').length).toBeGreaterThan(0)
    expect((await getCluster(cluster))!.nodes.map((node) => node.hostKey)).toContain(null)
    expect((await listAudit()).entries.find((entry) => entry.what === 'run.ended')).toMatchObject({ outcome: 'failed' })
    // The cards are free for another try, which works.
    const again = await when(await flash(cluster), 'the second has ended', over)
    expect(again.run.status).toBe('succeeded')
  }, 300_000)

  test('an image that is removed is gone from the station’s disk', async () => {
    startWorker()
    await station()
    await removeImage({ id: image, by })
    const left = () => runCommand(['find', join(home, 'data/images'), '-path', `*${image}*`, '-type', 'f'])
    await until('its files are gone', async () => (await left()).stdout.trim() === '', 30_000)
  }, 90_000)
})
