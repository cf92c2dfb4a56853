/**
 * An encrypted file that is written and read as a stream. A line of JSON says how the key is made from the passphrase
 * (scrypt); then come blocks, each sealed with AES-256-GCM under a nonce that counts. The last one is marked, so that a file
 * that was cut off is told from a whole one, and no block can be left out, repeated or moved.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { Trouble } from '@bramble/provision'

const magic = 'bramble-backup'
const version = 1
/** 64 MB of memory: also a small Pi has that. */
const cost = { N: 2 ** 16, r: 8, p: 1 }
const mostMemory = 256 * 1024 * 1024
const blockSize = 256 * 1024
const tagLength = 16
const longestHeader = 4096

interface Key {
  key: Buffer
  /** Tells a wrong passphrase from a damaged file. */
  check: string
}

function deriveKey(passphrase: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Key> {
  return new Promise((resolve, reject) =>
    scrypt(passphrase.normalize('NFC'), salt, 64, { N, r, p, maxmem: mostMemory }, (error, bytes) =>
      error
        ? reject(error)
        : resolve({
            key: bytes.subarray(0, 32),
            check: createHash('sha256').update(bytes.subarray(32)).digest('base64'),
          }),
    ),
  )
}

function nonce(count: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64BE(BigInt(count), 4)
  return bytes
}

/** Under the header: a block of another file does not open, nor does one that is not the last pass as the last. */
const bound = (header: string, last: boolean) => Buffer.from(`${header}\n${last ? 'last' : 'more'}`)

/** Written beside and moved into place when whole. The file must not be there yet; it is readable by its owner alone. */
export async function writeSealed(file: string, passphrase: string, content: AsyncIterable<Buffer>): Promise<void> {
  const salt = randomBytes(16)
  const { key, check } = await deriveKey(passphrase, salt, cost)
  const header = JSON.stringify({ magic, version, ...cost, salt: salt.toString('base64'), check })
  const draft = `${file}.${process.pid}.part`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.write(`${header}\n`)
    let count = 0
    const seal = async (block: Buffer, last: boolean) => {
      const cipher = createCipheriv('aes-256-gcm', key, nonce(count++))
      cipher.setAAD(bound(header, last))
      const body = Buffer.concat([cipher.update(block), cipher.final(), cipher.getAuthTag()])
      const length = Buffer.alloc(4)
      length.writeUInt32BE(body.length)
      await handle.writev([length, body])
    }
    let waiting = Buffer.alloc(0)
    for await (const part of content) {
      waiting = Buffer.concat([waiting, part])
      // The last block is known only at the end, so one always waits.
      for (; waiting.length > blockSize; waiting = waiting.subarray(blockSize))
        await seal(waiting.subarray(0, blockSize), false)
    }
    await seal(waiting, true)
    await handle.sync()
    await handle.close()
    await rename(draft, file)
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(draft, { force: true })
    throw error
  }
}

/** Troubles `no-backup-file`, `not-a-backup`, `passphrase-wrong`, `backup-damaged`. Every block is checked before it is handed on. */
export async function* readSealed(file: string, passphrase: string): AsyncGenerator<Buffer> {
  const { header, parsed, at } = await readHeader(file)
  const { key, check } = await deriveKey(passphrase, Buffer.from(parsed.salt, 'base64'), parsed)
  if (check !== parsed.check)
    throw new Trouble(
      'passphrase-wrong',
      'This is not the passphrase of this backup.',
      'Try again; nothing was changed.',
    )
  let waiting = Buffer.alloc(0)
  let count = 0
  let ended = false
  for await (const part of createReadStream(file, { start: at })) {
    waiting = Buffer.concat([waiting, part as Buffer])
    while (waiting.length >= 4) {
      const length = waiting.readUInt32BE()
      if (ended || length < tagLength || length > blockSize + tagLength) throw damaged()
      if (waiting.length < 4 + length) break
      const body = waiting.subarray(4, 4 + length)
      waiting = waiting.subarray(4 + length)
      const more = unseal(key, header, count, body, false)
      const block = more ?? unseal(key, header, count, body, true)
      if (!block) throw damaged()
      count++
      ended = more === null
      yield block
    }
  }
  if (!ended || waiting.length > 0) throw damaged()
}

function unseal(key: Buffer, header: string, count: number, body: Buffer, last: boolean): Buffer | null {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce(count))
    decipher.setAAD(bound(header, last))
    decipher.setAuthTag(body.subarray(-tagLength))
    return Buffer.concat([decipher.update(body.subarray(0, -tagLength)), decipher.final()])
  } catch {
    return null
  }
}

interface Header {
  N: number
  r: number
  p: number
  salt: string
  check: string
}

async function readHeader(file: string): Promise<{ header: string; parsed: Header; at: number }> {
  let handle: FileHandle
  try {
    handle = await open(file, 'r')
  } catch (error) {
    throw new Trouble('no-backup-file', `${file} cannot be read: ${(error as Error).message}.`, 'Check the path.')
  }
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestHeader), 0, longestHeader, 0)
    const end = buffer.subarray(0, bytesRead).indexOf(0x0a)
    const header = buffer.subarray(0, Math.max(0, end)).toString('utf8')
    return { header, parsed: parseHeader(header, file), at: end + 1 }
  } finally {
    await handle.close()
  }
}

function parseHeader(text: string, file: string): Header {
  const strange = new Trouble(
    'not-a-backup',
    `${file} is not a backup of Bramble.`,
    'Choose a file created by "./bramble backup".',
  )
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch {
    throw strange
  }
  if (value === null || typeof value !== 'object' || value.magic !== magic) throw strange
  const { N, r, p, salt, check } = value
  if (value.version !== version)
    throw new Trouble(
      'backup-newer',
      'This backup was created by a newer version of Bramble.',
      'Restore it with that version or a newer one.',
    )
  const number = (given: unknown, most: number): given is number =>
    Number.isInteger(given) && Number(given) > 0 && Number(given) <= most
  // A forged header must not eat the memory of the machine.
  if (!number(N, 2 ** 17) || !number(r, 8) || !number(p, 4) || typeof salt !== 'string' || typeof check !== 'string')
    throw strange
  return { N, r, p, salt, check }
}

const damaged = () =>
  new Trouble(
    'backup-damaged',
    'This backup is damaged or incomplete: its authentication tag does not match.',
    'Use another copy or an older backup. Nothing was changed.',
  )
