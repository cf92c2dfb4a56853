import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepPiece, receivedBytes, refuseFullDisk, removeReceived } from './received-files.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-received-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const bytes = (text: string) => new TextEncoder().encode(text)

test('pieces are put together in their order, and one that was sent twice is refused with where to continue', async () => {
  const upload = { id: randomUUID(), size: 10 }
  const send = (offset: number, text: string) => keepPiece(upload, { offset, bytes: bytes(text) }, folder)
  expect(await receivedBytes(upload.id, folder)).toBe(0)
  expect(await send(0, 'hello')).toBe(5)
  await expect(send(0, 'hello')).rejects.toMatchObject({ code: 'upload-offset', cure: 'Send the bytes from 5 on.' })
  await expect(send(7, 'x')).rejects.toMatchObject({ code: 'upload-offset' })
  await expect(send(5, 'too long')).rejects.toMatchObject({ code: 'upload-invalid' })
  expect(await send(5, 'world')).toBe(10)
  expect(await readFile(path.join(folder, upload.id), 'utf8')).toBe('helloworld')
  await removeReceived(upload.id, folder)
  expect(await readdir(folder)).toEqual([])
})

test('of two that send the same piece at once, one is refused', async () => {
  const upload = { id: randomUUID(), size: 8 }
  const both = await Promise.allSettled(
    ['aaaa', 'bbbb'].map((text) => keepPiece(upload, { offset: 0, bytes: bytes(text) }, folder)),
  )
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(await readFile(path.join(folder, upload.id), 'utf8')).toBe('aaaa')
})

test('an upload that the disk has no space for is refused before it begins', async () => {
  await expect(refuseFullDisk(1e18, folder)).rejects.toMatchObject({ code: 'disk-full' })
  await refuseFullDisk(1, folder)
  expect(await readdir(folder)).toEqual([])
})
