/** A station on another machine: joins a plain `./bramble up` with a one-time code, flashes to the end, and knows no secret but its own. */
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { FlashSettings } from '@bramble/cluster'
import { disconnect, prisma } from '@bramble/db'
import { listAudit } from '@bramble/db/audit'
import { getCluster } from '@bramble/db/clusters'
import { type FlashView, getFlash, listImages, listStations } from '@bramble/db/flash'
import { issuedSecrets } from '@bramble/db/secrets'
import { must, run as runCommand, start } from '@bramble/process'
import { buildPiImage } from '@bramble/provision/test/pi-image'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../src/supervisor/checkout.ts'
import { until } from '../../src/supervisor/processes.ts'
import { databaseUrlOf } from '../started.ts'
import { Dashboard } from './dashboard.ts'
import { type Relay, startRelay } from './relay.ts'

const able = process.getuid?.() === 0 && (await runCommand(['losetup', '-f'])).code === 0
const MIB = 1024 * 1024
const minute = 60_000
const passphrase = 'canary passphrase of the wifi'
const wifi = { ssid: 'cellar', country: 'CH', password: passphrase }

interface Program {
  said(): string
  running(): boolean
  pids(): Promise<number[]>
  kill(signal: NodeJS.Signals): Promise<number | null>
  ended(): Promise<number | null>
}

describe.skipIf(!able)('a station on another machine', () => {
  let dashboard: Dashboard
  let relay: Relay
  let home: string
  let data: string
  let loop: string
  let station: Program
  let image: string
  const programs: Program[] = []

  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'bramble-station-'))
    data = path.join(home, 'station')
    await mkdir(path.join(home, 'slots'))
    await mkdir(path.join(home, 'root'))
    await must(['dd', 'if=/dev/urandom', `of=${path.join(home, 'root/noise')}`, 'bs=1M', 'count=256', 'status=none'])
    const card = path.join(home, 'slots/one.img')
    const handle = await open(card, 'w')
    await handle.truncate(600 * MIB)
    await handle.close()
    loop = (await must(['losetup', '--show', '-f', card])).trim()
    dashboard = await Dashboard.start()
    relay = await startRelay({ port: Number(new URL(dashboard.url).port) })
  }, 15 * minute)
  afterAll(async () => {
    await Promise.all(programs.map((program) => program.kill('SIGKILL')))
    await relay?.close()
    await disconnect().finally(() => dashboard?.started.stop())
    if (loop) await runCommand(['losetup', '-d', loop])
    if (home) await rm(home, { recursive: true, force: true })
  }, 3 * minute)

  /** As a person starts it on a machine that has nothing of a Bramble. */
  function run(...options: string[]): Program {
    const child = start([path.join(root, 'bramble'), 'station', '--data', data, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: home, BRAMBLE_CARD_SLOTS: path.join(home, 'slots') },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)))
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const running = () => child.exitCode === null && child.signalCode === null
    const program: Program = {
      said: () => said,
      running,
      pids: () => descendantsOf(child.pid ?? 0),
      ended: () => exited,
      async kill(signal) {
        if (running()) for (const pid of (await descendantsOf(child.pid ?? 0)).reverse()) tryKill(pid, signal)
        return exited
      },
    }
    programs.push(program)
    return program
  }

  const cookie = () => dashboard.session('admin')
  async function newCode(name: string): Promise<string> {
    const answer = await dashboard.call('addStation', { args: [{ name }], cookie: await cookie() })
    const code = /"code":"(brj_[0-9a-f]{40})"/.exec(answer.body)?.[1]
    if (!code) throw new Error(answer.body)
    return code
  }
  const view = async (name = 'Cellar') => (await listStations()).find((entry) => entry.name === name)
  const shown = async () => (await view())?.cards.find(({ identity }) => identity.path === loop)
  const identity = async () => JSON.parse(await readFile(path.join(data, 'station.json'), 'utf8')) as { token: string }

  async function flash(node: string): Promise<string> {
    // The list is some seconds behind the end of the flash before.
    const free = async () => {
      const card = await shown()
      return card?.busy === null && card.offer === 'offered'
    }
    expect(await until(free, minute), JSON.stringify(await shown())).toBe(true)
    const [at, card] = [await view(), await shown()]
    if (!at || !card) throw new Error('The card is not shown')
    const cards = [{ node, card: card.identity, fixedDisk: false }]
    const settings = FlashSettings.parse({ probeCapacity: false, prefix: 24 })
    const asked = {
      cluster: 'matrix',
      flash: { station: at.id, image, cards, settings },
      confirmed: { [node]: node },
      wifi,
    }
    const answer = await dashboard.call('startFlash', { args: [asked], cookie: await dashboard.session('operator') })
    const id = /"run":"([0-9a-f-]{36})"/.exec(answer.body)?.[1]
    if (!id) throw new Error(answer.body)
    return id
  }
  async function when(id: string, holds: (flash: FlashView) => boolean): Promise<FlashView> {
    let seen: FlashView | null = null
    const reached = await until(async () => {
      seen = await getFlash(id)
      return seen !== null && holds(seen)
    }, 3 * minute)
    if (!reached || !seen) throw new Error(`In vain: ${JSON.stringify(seen)}\n${station.said()}`)
    return seen
  }
  const over = ({ run: { endedAt } }: FlashView) => endedAt !== null

  async function call(token: string, verb: string, given: object = {}, signal?: AbortSignal) {
    const { port } = relay
    const answer = await fetch(`http://127.0.0.1:${port}/api/station/call`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ verb, instance: 'test', ...given }),
      ...(signal ? { signal } : {}),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  test('without an identity, or with a code that is wrong, it says what to do and ends', async () => {
    const bare = run()
    expect(await bare.ended()).toBe(78)
    expect(bare.said()).toContain('Add station')
    const wrong = run('--join', `http://127.0.0.1:${relay.port}`, '--code', `brj_${'0'.repeat(40)}`)
    expect(await wrong.ended()).toBe(78)
    expect(wrong.said()).toContain('not known, was used, or has expired')
    expect(await readdir(data)).not.toContain('station.json')
  })

  test(
    'a code makes it a station, once, and its card shows up',
    async () => {
      const code = await newCode('Cellar')
      station = run('--join', `http://127.0.0.1:${relay.port}`, '--code', code)
      expect(await until(async () => (await shown()) !== undefined, 2 * minute), station.said()).toBe(true)
      expect(await view()).toMatchObject({ online: true, remote: true })
      expect((await stat(path.join(data, 'station.json'))).mode & 0o777).toBe(0o600)
      const again = await fetch(`${dashboard.url}/api/station/join`, {
        method: 'POST',
        headers: { authorization: `Bearer ${code}`, 'content-type': 'application/json' },
        body: JSON.stringify({ publicKey: Buffer.alloc(32, 9).toString('base64') }),
      })
      expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([403, 'code-invalid'])
      const { entries } = await listAudit({ text: 'Cellar' })
      expect(entries.map(({ what }) => what)).toEqual(['station.join', 'station.code'])
    },
    4 * minute,
  )

  test(
    'an uploaded image gets there, on a line that breaks, and is what was sent',
    async () => {
      const file = path.join(home, 'os.img')
      await buildPiImage({ file, firstBoot: 'cloud-init', sizeMiB: 420, root: path.join(home, 'root') })
      relay.cutAfter(100 * MIB)
      const upload = await fetch(`${dashboard.url}/api/images/upload?name=Tiny&file=os.img`, {
        method: 'POST',
        headers: { authorization: `Bearer ${dashboard.tokens.operator}` },
        body: await readFile(file),
      })
      expect(upload.status).toBe(201)
      image = ((await upload.json()) as { id: string }).id
      const copy = async () => {
        const at = (await view())?.id
        return (await listImages()).find(({ id }) => id === image)?.copies.find((one) => one.station === at)
      }
      const there = await until(async () => ['ready', 'failed'].includes((await copy())?.state ?? ''), 4 * minute)
      expect([there, await copy()]).toMatchObject([true, { state: 'ready', trouble: null }])
      expect(relay.cuts()).toBe(1)
      expect(relay.passed().includes('range: bytes=')).toBe(true)
      const wanted = (await must(['sha256sum', file])).split(' ')[0]
      expect((await must(['sha256sum', path.join(data, 'images', image, 'image.img')])).split(' ')[0]).toBe(wanted)
    },
    6 * minute,
  )

  test(
    'a card is written and verified, and its key becomes the node’s',
    async () => {
      const id = await flash('pi-1')
      const done = await when(id, over)
      expect([done.run.status, done.cards[0]?.trouble]).toEqual(['succeeded', null])
      expect(done.cards[0]).toMatchObject({ phase: 'written', stationName: 'Cellar', report: { badRanges: [] } })
      expect(done.run.steps.map((step) => [step.id, step.status])).toContainEqual(['flash/verifying', 'done'])
      const node = (await getCluster('matrix'))?.nodes.find(({ name }) => name === 'pi-1')
      expect(node?.hostKey).toBe(done.cards[0]?.hostKey)
      expect(await until(async () => (await shown())?.contents.node === 'pi-1', minute)).toBe(true)
    },
    4 * minute,
  )

  test('neither its disk, its processes nor the line to it hold a secret of the Bramble', async () => {
    const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: 'matrix' } })
    const issued = Object.entries(await issuedSecrets(id)).filter(([name]) => !/\.(certificate|public)$/.test(name))
    const inLines = issued.flatMap(([, text]) => text.split('\n')).filter((line) => /^[^-].{15,}/.test(line))
    const { password } = new URL(databaseUrlOf(dashboard.started.data))
    const secrets = [dashboard.started.secretKey(), password, passphrase, dashboard.tokens.admin, ...inLines]
    expect(secrets.length).toBeGreaterThan(8)
    const environments = (await station.pids()).map((pid) => readFileSync(`/proc/${pid}/environ`))
    expect(environments.length).toBeGreaterThan(1)
    const files: Buffer[] = []
    for (const name of await readdir(data, { recursive: true })) {
      const file = path.join(data, name)
      // The image was searched for by its digest: every byte of it was uploaded.
      if ((await stat(file)).isFile() && !name.endsWith('image.img')) files.push(await readFile(file))
    }
    const places = [relay.passed(), ...environments, ...files]
    const found = secrets.filter((secret) => places.some((bytes) => bytes.includes(secret)))
    expect(found).toEqual([])
    // The search does find what is there.
    expect(places.filter((bytes) => bytes.includes('Cellar')).length).toBeGreaterThan(1)
    expect(await readdir(path.join(data, 'flashing'))).toHaveLength(1)
  })

  test('its token opens what is its own, and nothing else', async () => {
    const { token } = await identity()
    const bearer = { headers: { authorization: `Bearer ${token}` } }
    for (const at of ['/metrics', '/api/flash/events', '/api/palette', '/api/audit/export'])
      expect([at, (await dashboard.ask({ path: at, ...bearer })).status]).toEqual([at, 401])
    const other = await newCode('Attic')
    const joined = await fetch(`${dashboard.url}/api/station/join`, {
      method: 'POST',
      headers: { authorization: `Bearer ${other}`, 'content-type': 'application/json' },
      body: JSON.stringify({ publicKey: Buffer.alloc(32, 9).toString('base64') }),
    })
    const attic = ((await joined.json()) as { token: string }).token
    const done = await prisma().run.findFirstOrThrow({ where: { kind: 'flash' } })
    expect(await call(attic, 'claim', { run: done.id })).toEqual({ status: 200, body: {} })
    const lease = { run: done.id, fence: done.fence }
    expect((await call(attic, 'renew', { lease })).status).toBe(409)
    expect((await call(token, 'renew', { lease })).status).toBe(409)
    const headers = { authorization: `Bearer ${attic}` }
    expect((await dashboard.ask({ path: `/api/station/images/${image}`, headers })).status).toBe(404)
    expect((await dashboard.ask({ path: '/api/station/images/..%2f..%2fkeys.json', headers })).status).toBe(404)
    expect((await call(dashboard.tokens.admin, 'dismiss')).status).toBe(401)
    expect((await call(attic, 'constructor')).status).toBe(400)
    // So many that wait at once are no station's.
    const ending = new AbortController()
    const statuses: number[] = []
    const waits = Array.from({ length: 60 }, () =>
      call(attic, 'next', { known: [] }, ending.signal).then(({ status }) => statuses.push(status)),
    )
    expect(await until(async () => statuses.includes(429), minute)).toBe(true)
    ending.abort()
    await Promise.allSettled(waits)
    expect(await until(async () => (await call(attic, 'dismiss')).status === 200, minute)).toBe(true)
  })

  test(
    'a cancel stops it; a dashboard that restarts meanwhile does not',
    async () => {
      const stopped = await flash('pi-2')
      await when(stopped, ({ cards }) => cards[0]?.phase === 'writing')
      const asked = performance.now()
      await dashboard.call('cancelRun', { args: [stopped], cookie: await dashboard.session('operator') })
      const done = await when(stopped, over)
      expect([done.run.status, done.cards[0]?.phase]).toEqual(['cancelled', 'cancelled'])
      expect(performance.now() - asked).toBeLessThan(15_000)
      const lived = await flash('pi-2')
      await when(lived, ({ cards }) => cards[0]?.phase === 'writing')
      await dashboard.restart()
      expect((await when(lived, over)).run.status).toBe('succeeded')
    },
    5 * minute,
  )

  test(
    'removed while it writes: the flash is told as not finished, and the program ends and says why',
    async () => {
      const { token } = await identity()
      const at = (await view())!.id
      const drop = async (typedName: string) =>
        (await dashboard.call('dropStation', { args: [{ station: at, typedName }], cookie: await cookie() })).body
      expect(await drop('Celler')).toContain('"ok":false')
      const cut = await flash('pi-3')
      await when(cut, ({ cards }) => cards[0]?.phase === 'writing')
      // Held still, so that it does not finish before it is removed.
      const pids = await station.pids()
      for (const pid of pids) tryKill(pid, 'SIGSTOP')
      expect(await drop('Cellar')).toContain('"ok":true')
      for (const pid of pids) tryKill(pid, 'SIGCONT')
      expect(await station.ended()).toBe(78)
      expect(station.said()).toContain('no longer knows this station')
      const done = await when(cut, over)
      expect(done.run).toMatchObject({ status: 'failed', trouble: { code: 'station-removed' } })
      expect((await call(token, 'next', { known: [] })).status).toBe(401)
      const handle = await open(loop, 'r')
      const { buffer } = await handle.read(Buffer.alloc(4096), 0, 4096, 0)
      await handle.close()
      expect(buffer.every((byte) => byte === 0)).toBe(true)
      expect((await view()) ?? null).toBeNull()
      const again = run()
      expect(await again.ended()).toBe(78)
    },
    4 * minute,
  )
})

/** The process and all below it, from /proc. */
async function descendantsOf(pid: number): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const parents = new Map<number, number>()
  for (const name of all) {
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    parents.set(Number(name), Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const found = [pid]
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child)
  return found
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
