/** A card that went away while it was worked on: what is in the reader now may be another one, and is not written. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Trouble } from '../../engine/types.ts'
import type { CachedImage, OpenCard } from '../types.ts'
import { wipeFirstBlock } from './card-io.ts'
import { verifyCard } from './verify.ts'

const mib = 2 ** 20
const size = 4 * mib
let folder: string
let handle: FileHandle
let card: OpenCard
const slot = () => join(folder, 'slot')
const filled = (byte: number) => Buffer.alloc(size, byte)

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-swapped-'))
  writeFileSync(slot(), filled(1))
  handle = await open(slot(), 'r+')
  const identity = { path: slot(), size, serial: null, cid: null, diskseq: null }
  card = { identity, fd: handle.fd, close: () => handle.close() } as OpenCard
})
afterEach(async () => {
  await card.close()
  rmSync(folder, { recursive: true, force: true })
})

const opened = async () => {
  const memory = Buffer.alloc(mib)
  await handle.read(memory, 0, mib, 0)
  return memory
}

test('the first block of the card that was chosen is zeroed', async () => {
  await wipeFirstBlock(card)
  expect((await opened()).equals(Buffer.alloc(mib))).toBe(true)
})

test('nothing is written once another card is in its place', async () => {
  renameSync(slot(), join(folder, 'pulled'))
  writeFileSync(slot(), filled(2))
  await wipeFirstBlock(card)
  expect((await opened()).equals(Buffer.alloc(mib, 1))).toBe(true)
  expect(readFileSync(slot()).equals(filled(2))).toBe(true)
})

test('nothing is written after the card was found to be gone', async () => {
  await wipeFirstBlock(card, new Trouble('card-gone', 'Pulled out.', 'Put it back.'))
  expect((await opened()).equals(Buffer.alloc(mib, 1))).toBe(true)
})

test('verifying a card that is pulled out leaves what is in the reader alone', async () => {
  const file = join(folder, 'image')
  writeFileSync(file, filled(1))
  const image = { file, size, data: [{ offset: 0, length: size }], gaps: 'zero' } as unknown as CachedImage
  // It answers nowhere behind its first part, and its path leads nowhere.
  await truncate(slot(), 2 * mib)
  renameSync(slot(), join(folder, 'pulled'))
  const signal = new AbortController().signal
  const verifying = verifyCard({ card, image, patches: [], signal, onProgress: () => undefined })
  await expect(verifying).rejects.toMatchObject({ code: 'card-gone' })
  expect((await opened()).equals(Buffer.alloc(mib, 1))).toBe(true)
})
