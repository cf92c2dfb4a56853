import { mkdtemp, readdir, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DiskFull, keptForDatabase, reserve, sweepUnfinished } from './disk-space.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-space-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const ask = (bytes: number, file?: string) => reserve({ book: folder, folder, bytes, ...(file ? { file } : {}) })
/** Most of what can be promised on this disk: it fits once, not twice. */
async function most(): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return Math.floor((bavail * bsize - keptForDatabase) * 0.7)
}
const longAgo = new Date(Date.now() - 3_600_000)
const age = (name: string) => utimes(path.join(folder, name), longAgo, longAgo)

test('of two that ask at once, and fit only one at a time, one gets the space, and the other when it is given back', async () => {
  const bytes = await most()
  const asked = await Promise.allSettled([ask(bytes), ask(bytes)])
  expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(asked.find((one) => one.status === 'rejected')?.reason).toBeInstanceOf(DiskFull)
  const first = asked.find((one) => one.status === 'fulfilled')!.value
  await first.release()
  await (await ask(bytes)).release()
  expect(await readdir(folder)).toEqual([])
})

test('what is written is no longer promised, and who needs more than was said gets more', async () => {
  const space = await ask(100e6)
  const [name] = await readdir(folder)
  const promised = async () => (await stat(path.join(folder, name!))).size
  expect(await promised()).toBe(100e6)
  await space.wrote(60e6)
  expect(await promised()).toBe(40e6)
  await space.wrote(101e6)
  expect(await promised()).toBeGreaterThan(100e6)
  await space.release()
})

test('the disk of the database keeps 1 GB free', async () => {
  const { bavail, bsize } = await statfs(folder)
  await expect(ask(bavail * bsize - keptForDatabase / 2)).rejects.toMatchObject({ name: 'DiskFull', folder })
  expect(await readdir(folder)).toEqual([])
})

test('a promise of a killed process counts no more', async () => {
  const bytes = await most()
  const dead = await ask(bytes)
  const [name] = await readdir(folder)
  await expect(ask(bytes)).rejects.toThrow(DiskFull)
  await age(name!)
  await (await ask(bytes)).release()
  await dead.release()
})

test('sweeps what killed processes left, never what is written to', async () => {
  const live = await ask(1000, 'aaaa-live.img.part')
  for (const name of ['aaaa-live.img.part', 'bbbb-dead.img.part', 'cccc-whole.img', '1-bbbb-dead.img.part.reserved']) {
    await writeFile(path.join(folder, name), 'half')
    await age(name)
  }
  await writeFile(path.join(folder, 'dddd-just-begun.img.part'), '')
  expect((await sweepUnfinished(folder)).sort()).toEqual(['1-bbbb-dead.img.part.reserved', 'bbbb-dead.img.part'])
  await live.release()
  expect((await readdir(folder)).sort()).toEqual(['aaaa-live.img.part', 'cccc-whole.img', 'dddd-just-begun.img.part'])
  expect(await sweepUnfinished(path.join(folder, 'nowhere'))).toEqual([])
})
