import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { takeBuildLock } from './build.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-build-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('of builds that start at once, one works at a time, and who waits says so once', async () => {
  let working = 0
  let most = 0
  const said: string[] = []
  const build = async () => {
    const lock = await takeBuildLock(folder, (line) => said.push(line), AbortSignal.timeout(30_000))
    most = Math.max(most, ++working)
    // The first one works until both others have said that they wait.
    await vi.waitUntil(() => said.length === 2, 30_000)
    working--
    await lock?.release()
    return lock !== null
  }
  expect(await Promise.all([build(), build(), build()])).toEqual([true, true, true])
  expect([most, working]).toEqual([1, 0])
  expect(said).toHaveLength(2)
  expect(said[1]).toContain(`process ${process.pid}`)
})

test('who waits for the lock can be stopped', async () => {
  const lock = await takeBuildLock(folder, () => undefined, AbortSignal.timeout(30_000))
  const stop = new AbortController()
  const waiting = takeBuildLock(folder, () => stop.abort(), stop.signal)
  await expect(waiting).rejects.toThrow(/abort/i)
  await lock?.release()
})
