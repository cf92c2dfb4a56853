/** Files to and from a node in parts: resumed after a broken connection, and checked by their SHA-256. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import type { Transport } from '../engine/transport.ts'
import { Trouble } from '../engine/types.ts'

const script = readFileSync(new URL('./transfer.py', import.meta.url), 'utf8')

/** Bytes of a part: base64 of it stays below what a command may print. */
const partSize = 4 * 1024 * 1024

export interface SendInput {
  /** On this machine. */
  from: string
  /** On the node, absolute; folders above it are made (0700 root). The file is 0600 of root. */
  to: string
  /** SHA-256 of the file, in hex. */
  digest: string
  signal?: AbortSignal
  /** Called after each part, in bytes. */
  onProgress?: (sent: number, total: number) => void
}

/**
 * Copies a file to a node. A part that an earlier attempt left is continued; a complete file is kept. Trouble
 * `transfer-damaged` when the content differs in the end, and those of the transport.
 */
export async function sendFile(transport: Transport, input: SendInput): Promise<void> {
  const { from, to: path, digest, signal, onProgress } = input
  const file = await open(from)
  try {
    const total = (await file.stat()).size
    for (let attempt = 1; ; attempt++) {
      const present = await ask(transport, State, { do: 'state', path, digest }, signal)
      if (present.complete) return
      let at = present.size <= total ? present.size : 0
      do {
        const data = (await readPart(file, at)).toString('base64')
        at = (await ask(transport, Size, { do: 'append', path, at, data }, signal)).size
        onProgress?.(at, total)
      } while (at < total)
      if ((await ask(transport, Done, { do: 'finish', path, digest }, signal)).complete) return
      // What an earlier attempt left may have been another file's: once more from the start.
      if (attempt === 2) throw damaged(path)
    }
  } finally {
    await file.close()
  }
}

export interface FetchInput {
  /** On the node, absolute. */
  from: string
  /** On this machine; it must not exist. */
  to: string
  /** Bytes; a larger file is refused with `transfer-too-large`. */
  most: number
  signal?: AbortSignal
  onProgress?: (received: number, total: number) => void
}

/** Copies a file from a node; nothing is left on failure. Troubles: `transfer-damaged`, `transfer-too-large`, the transport's. */
export async function fetchFile(
  transport: Transport,
  { from: path, to, most, signal, onProgress }: FetchInput,
): Promise<{ digest: string; bytes: number }> {
  const { size, digest } = await ask(transport, Measure, { do: 'measure', path }, signal)
  if (size > most)
    throw new Trouble(
      'transfer-too-large',
      `${path} has ${Math.ceil(size / 1e6)} MB, and ${Math.floor(most / 1e6)} MB are allowed.`,
      'Make it smaller: leave out what is not needed to run.',
    )
  const staged = `${to}.part`
  const file = await open(staged, 'wx', 0o600)
  try {
    const seen = createHash('sha256')
    for (let at = 0; at < size; ) {
      const { data } = await ask(transport, Part, { do: 'read', path, at, most: partSize }, signal)
      const part = Buffer.from(data, 'base64')
      if (part.length === 0) break
      seen.update(part)
      await file.write(part, 0, part.length, at)
      at += part.length
      onProgress?.(at, size)
    }
    if (seen.digest('hex') !== digest) throw damaged(path)
    await file.sync()
    await rename(staged, to)
    return { digest, bytes: size }
  } finally {
    await file.close()
    await rm(staged, { force: true })
  }
}

const State = z.object({ complete: z.boolean(), size: z.int().nonnegative() })
const Size = z.object({ size: z.int().nonnegative() })
const Done = z.object({ complete: z.boolean() })
const Part = z.object({ data: z.base64() })
const Measure = z.object({ size: z.int().nonnegative(), digest: z.string().regex(/^[0-9a-f]{64}$/) })

const damaged = (path: string) =>
  new Trouble(
    'transfer-damaged',
    `${path} arrived damaged: its content differs from what was sent.`,
    'Check the card of the node and its free space, then try again.',
  )

async function readPart(file: FileHandle, at: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(partSize), 0, partSize, at)
  return buffer.subarray(0, bytesRead)
}

async function ask<T>(transport: Transport, answer: z.ZodType<T>, message: object, signal?: AbortSignal): Promise<T> {
  const { code, stdout, stderr } = await transport.exec(['python3', '-I', '-c', script], {
    as: 'root',
    stdin: JSON.stringify(message),
    timeout: 300_000,
    ...(signal ? { signal } : {}),
  })
  if (code !== 0)
    throw new Trouble(
      'transfer-failed',
      `A file could not be copied: ${stderr.trim().split('\n').at(-1) || `exit ${code}`}.`,
      'Check the free space of the node, then try again.',
    )
  return answer.parse(JSON.parse(stdout))
}
