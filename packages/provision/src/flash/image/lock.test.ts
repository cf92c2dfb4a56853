import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start } from '@bramble/process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lock, tryLock } from './lock.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-lock-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('one holder; the next one after a release; nothing left', async () => {
  const held = await tryLock(folder)
  expect(await tryLock(folder)).toBeNull()
  const next = lock(folder)
  await held?.release()
  await (await next).release()
  expect(await readdir(folder)).toEqual([])
})

test('waiting ends with a cancel', async () => {
  const held = await tryLock(folder)
  await expect(lock(folder, AbortSignal.abort())).rejects.toThrow()
  await held?.release()
})

test('the lock of a process that died is free, also when another one has its number now', async () => {
  const child = start(['sleep', '60'], { stdio: 'ignore' })
  try {
    const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8')
    const began = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: child.pid, start: began }))
    expect(await tryLock(folder)).toBeNull()
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: child.pid, start: '1' }))
    const taken = await tryLock(folder)
    expect(taken).not.toBeNull()
    await taken?.release()
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: child.pid, start: began }))
  } finally {
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await ended
  }
  expect(await tryLock(folder)).not.toBeNull()
})

test('rubbish in the lock is nobody’s', async () => {
  await writeFile(join(folder, 'lock'), '{')
  expect(await tryLock(folder)).not.toBeNull()
})

test('many at once after a crash: one gets it', async () => {
  await writeFile(join(folder, 'lock'), JSON.stringify({ pid: process.pid, start: '1' }))
  const held = await Promise.all(Array.from({ length: 8 }, () => tryLock(folder)))
  expect(held.filter((one) => one !== null)).toHaveLength(1)
})
