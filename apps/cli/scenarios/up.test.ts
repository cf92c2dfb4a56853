/** `./bramble up` as a person uses it: a fresh data directory, every part killed, the whole killed, and a clean stop. */
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { disconnect, prisma } from '@bramble/db'
import { redeemSetupLink } from '@bramble/db/people'
import { run, start } from '@bramble/process'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../src/supervisor/checkout.ts'
import { type Running, readRunning } from '../src/supervisor/lock.ts'
import { freePort } from '../src/supervisor/postgres.ts'
import { isAlive, until } from '../src/supervisor/processes.ts'
import { databaseUrlOf } from './started.ts'

let folder: string
let data: string
let port: number
/** Not the usual one, which another Bramble on this machine may have. */
let arrivals: number
let said = ''
let up: ReturnType<typeof start>
let exit: Promise<number | null>

/** The folder above is closed to everyone but its owner, as /root is: PostgreSQL has to cope. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-up-'))
  data = path.join(folder, 'data with a space')
  port = await freePort()
  arrivals = await freePort()
  launch()
  await untilSaid(/set-?up\?token=\S+/, 12 * 60_000)
})

afterAll(async () => {
  await disconnect()
  if (up && up.exitCode === null && up.signalCode === null) {
    up.kill('SIGTERM')
    await exit
  }
  await rm(folder, { recursive: true, force: true })
})

function launch() {
  said = ''
  const argv = [path.join(root, 'bramble'), 'up', '--data', data, '--port', String(port)]
  const env = { ...process.env, BRAMBLE_ARRIVALS_PORT: String(arrivals) }
  up = start(argv, { stdio: ['ignore', 'pipe', 'pipe'], env })
  const child = up
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said += String(chunk)
    })
  exit = new Promise((resolve) => child.once('exit', resolve))
}

async function untilSaid(words: RegExp, ms: number) {
  const ended = () => up.exitCode !== null || up.signalCode !== null
  await until(async () => words.test(said) || ended(), ms)
  expect(said).toMatch(words)
}

const running = async () => (await readRunning(data)) as Running

const webAnswers = async () => {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/sign-in`, { signal: AbortSignal.timeout(15_000) })
    await answer.text()
    return answer.ok
  } catch {
    return false
  }
}

const databaseUrl = () => databaseUrlOf(data)

async function databaseAnswers(url?: string): Promise<boolean> {
  let client: pg.Client | undefined
  try {
    // While PostgreSQL starts anew, the file that names its port may be away.
    client = new pg.Client({ connectionString: url ?? databaseUrl(), connectionTimeoutMillis: 15_000 })
    client.on('error', () => undefined)
    await client.connect()
    return (await client.query('select 1 as one')).rows[0].one === 1
  } catch {
    return false
  } finally {
    await client?.end().catch(() => undefined)
  }
}

/** Addresses on which this machine listens at the port, as the kernel writes them. */
function listening(): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)
  const open = rows.map((row) => row.trim().split(/\s+/)).filter(([, local, , state]) => state === '0A' && local)
  return open.flatMap(([, local]) => (local?.endsWith(`:${hex}`) ? [local.split(':')[0] ?? ''] : []))
}

test('the first start: a set-up link, and nobody but this machine gets in', async () => {
  expect(await until(webAnswers, 60_000)).toBe(true)
  expect(listening()).toEqual(['0100007F'])
  expect(said).not.toContain(JSON.parse(readFileSync(path.join(data, 'keys.json'), 'utf8')).postgresApp)
  for (const [name, mode] of [
    ['', 0o700],
    ['keys.json', 0o600],
    ['postgres', 0o700],
  ] as const)
    expect(statSync(path.join(data, name)).mode & 0o777, name).toBe(mode)
})

test('the database wants its password', async () => {
  expect(await until(databaseAnswers, 60_000)).toBe(true)
  expect(await databaseAnswers(databaseUrl().replace(/:[\w-]+@/, ':wrong@'))).toBe(false)
  expect(await databaseAnswers(databaseUrl().replace(/bramble:[\w-]+@/, 'postgres@'))).toBe(false)
})

test.runIf(process.getuid?.() === 0)('started by root, the dashboard has no rights of its own', async () => {
  const { dashboard, database } = (await running()).parts
  const idsOf = (pid: number, kind: 'Uid' | 'Gid') =>
    new Set(
      (new RegExp(`^${kind}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '').split(/\s+/),
    )
  const [uid, ...others] = idsOf(dashboard!.pid, 'Uid')
  expect([others, uid === '0', idsOf(dashboard!.pid, 'Gid').has('0')]).toEqual([[], false, false])
  expect(idsOf(database!.pid, 'Uid').has(uid!)).toBe(false)
  const web = { uid: Number(uid), gid: Number([...idsOf(dashboard!.pid, 'Gid')][0]), cwd: '/' }
  expect((await run(['cat', path.join(data, 'keys.json')], web)).code).not.toBe(0)
  expect(statSync(path.join(data, 'uploads')).uid).toBe(web.uid)
})

test('a second one on the same data directory says that it runs already', async () => {
  const second = await run([path.join(root, 'bramble'), 'up', '--data', data, '--port', String(await freePort())])
  expect(second.code).toBe(1)
  expect(second.stdout).toMatch(new RegExp(`already running.*pid ${up.pid}.*:${port}`))
})

test('a port that is taken is named, with the way out', async () => {
  const other = path.join(folder, 'other')
  const second = await run([path.join(root, 'bramble'), 'up', '--data', other, '--port', String(port)])
  expect(second.code).toBe(1)
  expect(second.stderr).toMatch(/used by another program.*--port/)
  expect(existsSync(path.join(other, 'running.json'))).toBe(false)
})

const readyWorkers = () => readFileSync(path.join(data, 'logs/worker.log'), 'utf8').split('is ready').length - 1

test.each(['worker', 'dashboard', 'database'])('%s comes back after kill -9', async (name) => {
  const before = (await running()).parts[name]!
  const workers = readyWorkers()
  process.kill(before.pid, 'SIGKILL')
  const replaced = async () => {
    const now = (await running()).parts[name]
    return now !== undefined && now.pid !== before.pid && (await isAlive(now))
  }
  expect(await until(replaced, 120_000)).toBe(true)
  await untilSaid(new RegExp(`${name} exited \\(SIGKILL\\)`), 30_000)
  if (name === 'worker') expect(await until(async () => readyWorkers() > workers, 120_000)).toBe(true)
  expect(await until(databaseAnswers, 120_000)).toBe(true)
  expect(await until(webAnswers, 120_000)).toBe(true)
})

test('the first admin opens it to the network', async () => {
  process.env.DATABASE_URL = databaseUrl()
  const token = /token=([\w-]+)/.exec(said)?.[1] ?? ''
  await redeemSetupLink(token, () =>
    prisma().user.create({ data: { id: randomUUID(), name: 'Ada', email: 'ada@example.test' } }),
  )
  expect(await until(async () => listening().includes('00000000'), 120_000)).toBe(true)
  expect(await until(webAnswers, 120_000)).toBe(true)
  await untilSaid(/Bramble is up[\s\S]*Bramble is up/, 60_000)
})

test('kill -9 of up itself: its parts end, and the next one takes over what is there', async () => {
  const parts = Object.values((await running()).parts)
  expect(parts).toHaveLength(3)
  up.kill('SIGKILL')
  await exit
  const allGone = async () => !(await Promise.all(parts.map(isAlive))).includes(true)
  expect(await until(allGone, 120_000)).toBe(true)
  launch()
  await untilSaid(/Bramble is up/, 300_000)
  expect(said).not.toContain('token=')
  expect(await until(webAnswers, 60_000)).toBe(true)
  expect(listening()).toEqual(['00000000'])
})

test('SIGTERM stops everything, and leaves nothing that runs', async () => {
  const parts = Object.values((await running()).parts)
  up.kill('SIGTERM')
  expect(await exit).toBe(0)
  expect(await Promise.all(parts.map(isAlive))).toEqual([false, false, false])
  expect(existsSync(path.join(data, 'running.json'))).toBe(false)
  expect(existsSync(path.join(data, 'postgres/postmaster.pid'))).toBe(false)
  expect(listening()).toEqual([])
})
