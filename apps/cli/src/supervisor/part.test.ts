import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLog } from './log.ts'
import { backOff, Part, type PartPlan } from './part.ts'
import { type Identity, isAlive, until } from './processes.ts'

let folder: string
let part: Part | undefined
let now: Identity | undefined
let said: string[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-part-'))
  now = undefined
  said = []
})
afterEach(async () => {
  await part?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function make(script: string, more: Partial<PartPlan> = {}): Promise<Part> {
  part = await Part.make({
    name: 'part',
    command: () => ({ argv: [process.execPath, '-e', script], options: {} }),
    stopping: [
      ['SIGTERM', 500],
      ['SIGKILL', 10_000],
    ],
    log: await openLog(folder, 'part'),
    say: (line) => said.push(line),
    changed: (identity) => {
      now = identity
    },
    ...more,
  })
  return part
}

const born = (other?: Identity) => until(async () => now !== undefined && now.pid !== other?.pid, 20_000)

test('a killed part comes back; a stopped one does not', async () => {
  const made = await make('setInterval(() => {}, 1000)')
  await made.start(10_000)
  await born()
  const first = now!
  process.kill(first.pid, 'SIGKILL')
  expect(await born(first)).toBe(true)
  expect(said.join()).toContain('part exited (SIGKILL)')
  const second = now!
  await made.stop()
  expect(await isAlive(second)).toBe(false)
  expect(now).toBeUndefined()
  await made.restart()
  expect(now).toBeUndefined()
})

test('a part that ignores the first signal is ended by the second, with what it started itself', async () => {
  const script = `process.on('SIGTERM', () => {})
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    console.log('ready', child.pid)
    setInterval(() => {}, 1000)`
  const log = await openLog(folder, 'stubborn')
  const made = await make(script, { log, ready: async () => log.tail().some((line) => line.startsWith('ready')) })
  await made.start(20_000)
  const grandchild = Number(log.tail()[0]?.split(' ')[1])
  await made.stop()
  const gone = () => {
    try {
      return process.kill(grandchild, 0) && false
    } catch {
      return true
    }
  }
  // A container without a reaper as pid 1 keeps it as a zombie: dead all the same.
  const dead = async () =>
    gone() || (await readFile(`/proc/${grandchild}/stat`, 'utf8').catch(() => 'Z')).includes(') Z')
  expect(await until(dead, 10_000)).toBe(true)
})

test('a part that is never ready fails with its last words', async () => {
  const made = await make('console.error("the port is taken"); setInterval(() => {}, 1000)', {
    ready: async () => false,
  })
  await expect(made.start(1_500)).rejects.toThrow(/part did not start: the port is taken/)
})

test('a part that cannot be started at all says so and goes on trying', async () => {
  const argv = [path.join(folder, 'nothing-here')]
  const made = await make('', { command: () => ({ argv, options: {} }) })
  await made.start(1_000)
  expect(await until(async () => said.length >= 2, 10_000)).toBe(true)
  await made.stop()
})

test('the back-off doubles and ends at half a minute', () => {
  expect([1, 2, 3, 4, 20].map(backOff)).toEqual([200, 400, 800, 1600, 30_000])
})
