import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AlreadyRunning, readRunning, takeLock } from './lock.ts'
import { identify, isAlive, parseStat } from './processes.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('the second one is told who runs and where', async () => {
  const lock = await takeLock(folder, 'http://127.0.0.1:3000')
  const refused = await takeLock(folder, 'http://127.0.0.1:4000').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(AlreadyRunning)
  expect(String(refused)).toContain(`pid ${process.pid}`)
  expect(String(refused)).toContain('http://127.0.0.1:3000')
  await lock.release()
  expect(await readdir(folder)).toEqual([])
})

test('what a killed one left is handed over, even when its pid lives on in another program', async () => {
  const parts = { worker: { pid: 4_000_000, born: 'long ago' } }
  const dead = { up: { pid: process.pid, born: 'before this process' }, url: 'http://127.0.0.1:3000', parts }
  await writeFile(path.join(folder, 'running.json'), JSON.stringify(dead))
  const lock = await takeLock(folder, 'http://127.0.0.1:3000')
  expect(lock.leftover).toEqual(dead)
  expect((await readRunning(folder))?.up).toEqual(await identify(process.pid))
  await lock.release()
})

test('a file cut off by a power failure does not lock anyone out', async () => {
  await writeFile(path.join(folder, 'running.json'), '{"up":{"pid')
  const lock = await takeLock(folder, 'http://127.0.0.1:3000')
  expect(lock.leftover).toBeUndefined()
  await lock.release()
})

test('changes are written in order, and none after the release', async () => {
  const lock = await takeLock(folder, 'http://127.0.0.1:3000')
  const self = (await identify(process.pid))!
  await Promise.all([
    lock.update({ parts: { a: self } }),
    lock.update({ parts: { a: self, b: self } }),
    lock.update({ url: 'x' }),
  ])
  expect(await readRunning(folder)).toMatchObject({ url: 'x', parts: { a: self, b: self } })
  await lock.release()
  await lock.update({ url: 'y' })
  expect(await readdir(folder)).toEqual([])
})

test('a process is itself and no other', async () => {
  const self = (await identify(process.pid))!
  expect(await isAlive(self)).toBe(true)
  expect(await isAlive({ ...self, born: 'another time' })).toBe(false)
  expect(await identify(4_194_304 + 1)).toBeUndefined()
})

test('a command name with brackets and spaces does not shift the fields of /proc/PID/stat', () => {
  const stat = `42 (a) S (b) R 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 777 1 2`
  expect(parseStat(stat)).toEqual({ state: 'R', startTicks: '777' })
})
