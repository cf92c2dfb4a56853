import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { measure } from './host-disk.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-host-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('says what is free, and what images and uploads take', async () => {
  const images = path.join(folder, 'images')
  await mkdir(path.join(images, 'one'), { recursive: true })
  await mkdir(path.join(folder, 'uploads'))
  await writeFile(path.join(images, 'one', 'image.img'), Buffer.alloc(3_000_000, 1))
  await writeFile(path.join(folder, 'uploads', 'pi.img'), Buffer.alloc(1_000_000, 1))
  const disk = await measure(folder, images)
  expect(disk).toMatchObject({ host: hostname(), folder })
  expect(disk!.free).toBeGreaterThan(0)
  expect(disk!.images).toBeGreaterThanOrEqual(3_000_000)
  expect(disk!.uploads).toBeGreaterThanOrEqual(1_000_000)
  expect(disk!.images).toBeGreaterThan(disk!.uploads)
})

test('says nothing of a folder that is not there', async () => {
  expect(await measure(path.join(folder, 'nowhere'), folder)).toBeNull()
})
