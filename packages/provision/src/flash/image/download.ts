/** A file from the web that goes on where it broke off: after a lost connection, a cancel, or a crash. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ImageSource } from '@bramble/cluster'
import { z } from 'zod'
import { Trouble } from '../../engine/types.ts'
import { type Answer, get } from './request.ts'
import { bytesText, type Reserve, type Reserved, spaceTrouble } from './space.ts'

type UrlSource = Extract<ImageSource, { kind: 'url' }>

/** How patient a download is. Milliseconds. */
export interface Patience {
  /** Without a byte, after which the connection counts as lost. */
  silence: number
  /** Before the second try; doubles with each further one. */
  pause: number
  /** Tries in a row that bring no byte. */
  tries: number
}

export const usualPatience: Patience = { silence: 30_000, pause: 1_000, tries: 5 }

/** What the partial file belongs to. Without a validator nobody knows whether the rest still fits: it starts over. */
const Origin = z.object({ url: z.string(), validator: z.string().nullable() })
type Origin = z.infer<typeof Origin>

export interface DownloadInput {
  source: UrlSource
  /** Sent along, such as what lets one in. */
  headers?: Record<string, string> | undefined
  /** Gets `download.part` and `download.json`. */
  folder: string
  reserve: Reserve
  patience: Patience
  signal?: AbortSignal | undefined
  onProgress: (done: number, total: number | null) => void
}

/**
 * Returns the finished file's path.
 * Troubles: image-unreachable, image-missing (404), image-checksum, image-truncated, cache-full.
 */
export async function download(input: DownloadInput): Promise<string> {
  const transfer = new Transfer(input)
  const { tries, pause } = input.patience
  for (let failures = 0; ; ) {
    const before = transfer.received
    try {
      await transfer.attempt()
      break
    } catch (error) {
      input.signal?.throwIfAborted()
      if (error instanceof Trouble || ofDisk(error)) throw error
      if (error instanceof NoSuchRest) await rm(join(input.folder, 'download.json'), { force: true })
      // A bad line that still brings bytes gets to the end some time.
      failures = transfer.received > before ? 1 : failures + 1
      if (failures >= tries) throw lost(input.source.url, error as Error, transfer.received)
      await delay(pause * 2 ** (failures - 1), undefined, input.signal ? { signal: input.signal } : {})
    }
  }
  await transfer.check()
  return transfer.path
}

export async function removeDownload(folder: string): Promise<void> {
  await rm(join(folder, 'download.part'), { force: true })
  await rm(join(folder, 'download.json'), { force: true })
}

class Transfer {
  readonly path: string
  readonly #input: DownloadInput
  readonly #originPath: string
  /** Bytes that came in all tries of this call. */
  received = 0
  #hash: Hash | null = null
  #length = 0
  #total: number | null = null

  constructor(input: DownloadInput) {
    this.#input = input
    this.path = join(input.folder, 'download.part')
    this.#originPath = join(input.folder, 'download.json')
  }

  /** One connection: the rest of the file, or all of it. */
  async attempt(): Promise<void> {
    const { source, patience, signal, folder, reserve } = this.#input
    const file = await open(this.path, 'a+')
    try {
      const held = (await file.stat()).size
      const origin = held > 0 ? await this.#origin() : null
      const rest = origin?.validator ? { range: `bytes=${held}-`, 'if-range': origin.validator } : {}
      const headers = { ...this.#input.headers, ...rest }
      const answer = await get(new URL(source.url), { headers, silence: patience.silence, signal })
      try {
        const { from, total } = place(answer, held, source)
        this.#total = total
        if (from === 0) await this.#startOver(file, answer)
        else await this.#goOn(from)
        // One that is not announced is given space as it comes.
        const space = await reserve(folder, total === null ? 0 : total - from + contentEstimate(source, total))
        try {
          if (from !== total) await this.#receive(file, answer, total, space)
        } finally {
          await space.release()
        }
        await file.sync()
      } finally {
        answer.body.destroy()
      }
    } catch (error) {
      const trouble = await spaceTrouble(error, folder, (this.#total ?? source.downloadSize ?? 0) - this.#length)
      // A full disk is everybody's trouble: the part goes, so that others can write again.
      if (trouble !== error) await removeDownload(folder)
      throw trouble
    } finally {
      await file.close()
    }
  }

  /** Compares size and SHA-256 with what was published. A wrong file is removed: no rest could mend it. */
  async check(): Promise<void> {
    const { source, folder } = this.#input
    const got = this.#hash?.digest('hex')
    const wrongSize = source.downloadSize !== undefined && source.downloadSize !== this.#length
    const wrongSum = source.downloadSha256 !== undefined && source.downloadSha256 !== got
    if (!wrongSize && !wrongSum) return
    await removeDownload(folder)
    throw new Trouble(
      'image-checksum',
      wrongSize
        ? `The download of ${source.url} has ${this.#length} bytes; ${source.downloadSize} were published.`
        : `The download of ${source.url} has the SHA-256 ${got}; ${source.downloadSha256} was published.`,
      'Try again. If it fails again, the file or the published checksum has changed: check both with the publisher.',
    )
  }

  async #origin(): Promise<Origin | null> {
    try {
      const origin = Origin.parse(JSON.parse(await readFile(this.#originPath, 'utf8')))
      return origin.url === this.#input.source.url ? origin : null
    } catch {
      return null
    }
  }

  async #startOver(file: FileHandle, { headers }: Answer): Promise<void> {
    await file.truncate(0)
    // If-Range takes strong validators only.
    const etag = headers.etag && !headers.etag.startsWith('W/') ? headers.etag : null
    const origin: Origin = { url: this.#input.source.url, validator: etag ?? headers['last-modified'] ?? null }
    await writeFile(this.#originPath, JSON.stringify(origin))
    this.#hash = createHash('sha256')
    this.#length = 0
  }

  /** The digest of what an earlier try or process left is made again from the file. */
  async #goOn(from: number): Promise<void> {
    if (this.#hash && this.#length === from) return
    this.#hash = createHash('sha256')
    this.#length = from
    if (from === 0) return
    const { signal } = this.#input
    const held = createReadStream(this.path, {
      end: from - 1,
      highWaterMark: 1024 * 1024,
      ...(signal ? { signal } : {}),
    })
    for await (const chunk of held) this.#hash.update(chunk as Buffer)
  }

  async #receive(file: FileHandle, { body }: Answer, total: number | null, space: Reserved): Promise<void> {
    const { signal, onProgress } = this.#input
    const before = this.#length
    onProgress(this.#length, total)
    for await (const chunk of body as AsyncIterable<Buffer>) {
      signal?.throwIfAborted()
      await writeAll(file, chunk)
      this.#hash?.update(chunk)
      this.#length += chunk.length
      this.received += chunk.length
      await space.wrote(this.#length - before)
      onProgress(this.#length, total)
    }
    if (total !== null && this.#length < total)
      throw new Error(`the connection ended after ${this.#length} of ${total} bytes`)
  }
}

/** Where the answer's bytes belong, and the size of the whole file when it is told. Throws what no retry mends. */
function place(
  { status, headers }: Answer,
  held: number,
  { url, downloadSize }: UrlSource,
): { from: number; total: number | null } {
  if (status === 200) {
    const total = headers['content-length'] === undefined ? null : Number(headers['content-length'])
    if (total !== null && downloadSize !== undefined && total !== downloadSize)
      throw new Trouble(
        'image-checksum',
        `${url} has ${total} bytes now; ${downloadSize} were published.`,
        'The file or its description changed: choose the image again from the list, or check the address.',
      )
    return { from: 0, total }
  }
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(headers['content-range'] ?? '')
  if (status === 206 && range?.[1] !== undefined && Number(range[1]) === held)
    return { from: held, total: Number(range[2]) }
  // The part is whole already, or longer than the file: the latter shows in the checksum or in the size.
  if (status === 416 && range && Number(range[2]) === held) return { from: held, total: held }
  if (status === 404 || status === 410)
    throw new Trouble('image-missing', `${url} does not exist (HTTP ${status}).`, 'Check the address of the image.')
  if (status >= 400 && status < 500 && status !== 408 && status !== 416 && status !== 429)
    throw new Trouble(
      'image-unreachable',
      `${url} is not accessible (HTTP ${status}).`,
      'Check the address of the image.',
    )
  if (status === 206 || status === 416) throw new NoSuchRest('the server cannot resume the earlier download')
  throw new Error(`the server responded with HTTP ${status}`)
}

/** The part does not fit what the server has now: the next try asks for everything. */
class NoSuchRest extends Error {}

/** Errors of our own disk look like errors of the line; no retry mends them. */
function ofDisk(error: unknown): boolean {
  return ['open', 'write', 'ftruncate', 'fsync'].includes((error as NodeJS.ErrnoException).syscall ?? '')
}

/** Room for the unpacked image: what was published, or a guess from images as they are. */
function contentEstimate({ url, contentSize }: UrlSource, total: number): number {
  return contentSize ?? (/\.(img|raw|bin)$/i.test(new URL(url).pathname) ? total : total * 4)
}

async function writeAll(file: FileHandle, content: Buffer): Promise<void> {
  for (let at = 0; at < content.length; ) at += (await file.write(content, at)).bytesWritten
}

function lost(url: string, error: Error, received: number): Trouble {
  const { host } = new URL(url)
  return new Trouble(
    'image-unreachable',
    received > 0
      ? `The download of ${url} failed after ${bytesText(received)}: ${error.message || String(error)}.`
      : `${url} cannot be reached: ${error.message || String(error)}.`,
    `Check that this station reaches ${host}, and try again. The download resumes where it stopped.`,
    { cause: error },
  )
}
