/** An image becomes ready to be written: downloaded, unpacked once, checked, looked into. */
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageSource } from '@bramble/cluster'
import { Trouble } from '../../engine/types.ts'
import type { ByteRange, CachedImage } from '../types.ts'
import { type BlockMap, checkBlockMap, parseBlockMap } from './bmap.ts'
import { imageFile, imageFolder, keepCached, readCached } from './cache.ts'
import { download, type Patience, removeDownload, usualPatience } from './download.ts'
import { badPacking, hasPartitionTable, noImage, tooLong } from './format.ts'
import { inspectImage } from './inspect.ts'
import { lock } from './lock.ts'
import { readPartitions } from './partitions.ts'
import { fetchText } from './request.ts'
import { type Reserve, type Reserved, spaceTrouble, withoutOthers } from './space.ts'
import { type SparseResult, SparseWriter, wholeBlocks } from './sparse.ts'
import { openPacked, type Packed } from './unpack.ts'

/** A small file can unpack to zeros without end, which take no room on the disk. Bytes; no card is larger. */
const largest = 2 * 1024 ** 4

export interface PrepareInput {
  source: ImageSource
  /** Sent with the download, such as what lets one in. */
  headers?: Record<string, string>
  /** Name of the image's folder in the cache. */
  id: string
  cache: string
  /** Where the dashboard puts uploads. */
  uploads?: string
  /** How space on the disk of the cache is reserved beside others who write there. */
  reserve?: Reserve
  signal?: AbortSignal
  /** Bytes of the present state; a few times a second. */
  onProgress?: (progress: {
    state: 'downloading' | 'unpacking' | 'checking'
    done: number
    total: number | null
  }) => void
  /** Milliseconds and tries of a download; for tests. */
  patience?: Partial<Patience>
}

/**
 * An image that is ready returns at once; a download that broke off goes on. Callers for one id wait for each other,
 * across processes too. A cancelled call ends within a second with Trouble `cancelled` and keeps what was downloaded.
 * Other Troubles: image-unreachable, image-missing, image-checksum, image-truncated, image-corrupt, image-format, cache-full.
 */
export async function prepareImage(input: PrepareInput): Promise<CachedImage> {
  const folder = imageFolder(input.cache, input.id)
  const ready = await readCached(folder)
  if (ready) return ready
  try {
    input.signal?.throwIfAborted()
    await mkdir(folder, { recursive: true })
    const held = await lock(folder, input.signal)
    try {
      return (await readCached(folder)) ?? (await new Preparation(input, folder).run())
    } finally {
      await held.release()
    }
  } catch (error) {
    if (!input.signal?.aborted) throw error
    throw new Trouble(
      'cancelled',
      'Preparing the image was canceled.',
      'Start it again. The download resumes where it stopped.',
    )
  }
}

class Preparation {
  readonly #input: PrepareInput
  readonly #folder: string
  readonly #source: ImageSource
  /** What messages call the image. */
  readonly #name: string
  readonly #reserve: Reserve
  #toldAt = 0

  constructor(input: PrepareInput, folder: string) {
    this.#input = input
    this.#folder = folder
    this.#reserve = input.reserve ?? withoutOthers
    this.#source = input.source
    this.#name =
      this.#source.kind === 'url'
        ? this.#source.url
        : this.#source.kind === 'file'
          ? this.#source.path
          : this.#source.file
  }

  async run(): Promise<CachedImage> {
    // What a crash left behind was not finished: nothing of it counts.
    await this.#clear()
    const packed = await this.#fetch()
    try {
      const image = await this.#make(packed)
      await keepCached(this.#folder, image)
      await removeDownload(this.#folder)
      return image
    } catch (error) {
      await this.#clear()
      // A bad download would be found again and again; a full disk or a missing program says nothing against it.
      if (error instanceof Trouble && error.code.startsWith('image-')) await removeDownload(this.#folder)
      throw error
    }
  }

  async #clear(): Promise<void> {
    for (const name of ['image.json', 'image.img', 'image.part']) await rm(join(this.#folder, name), { force: true })
  }

  /** Path of the file as it was published. */
  async #fetch(): Promise<string> {
    const source = this.#source
    if (source.kind === 'file') return source.path
    if (source.kind === 'url')
      return download({
        source,
        headers: this.#input.headers,
        folder: this.#folder,
        reserve: this.#reserve,
        patience: { ...usualPatience, ...this.#input.patience },
        signal: this.#input.signal,
        onProgress: (done, total) => this.#tell('downloading', done, total),
      })
    if (this.#input.uploads !== undefined) return join(this.#input.uploads, source.file)
    throw new Trouble(
      'image-missing',
      `${source.file} was uploaded to another station.`,
      'Upload it to this station, or use its address.',
    )
  }

  async #make(path: string): Promise<CachedImage> {
    const content = await this.#unpack(path)
    const file = imageFile(this.#folder)
    await rename(join(this.#folder, 'image.part'), file)
    this.#tell('checking', 0, content.size)
    this.#compare(content)
    await this.#needWhole(file, content.size)
    const map = await this.#blockMap(file, content.size)
    const { boot, firstBoot, os } = await inspectImage(file)
    this.#tell('checking', content.size, content.size)
    return {
      file,
      size: content.size,
      sha256: content.sha256,
      data: map ? wholeBlocks(map, content.size) : content.data,
      gaps: map ? 'unmapped' : 'zero',
      boot,
      firstBoot,
      os,
    }
  }

  async #unpack(path: string): Promise<SparseResult> {
    const packed = await openPacked(path, this.#name)
    const file = await open(join(this.#folder, 'image.part'), 'wx')
    const total = packed.contentSize ?? this.#published('contentSize') ?? null
    let closed = false
    let space: Reserved | undefined
    try {
      space = await this.#reserve(this.#folder, await this.#spaceFor(path, packed, total))
      return await this.#spread(packed, file, total, space)
    } catch (error) {
      // The kernel may still be busy with the last blocks; a cancel does not wait for it.
      closed = this.#input.signal?.aborted ?? false
      if (closed) file.close().catch(() => {})
      throw await spaceTrouble(error, this.#folder, total ?? 0)
    } finally {
      if (!closed) await file.close()
      await space?.release()
    }
  }

  async #spread(packed: Packed, file: FileHandle, total: number | null, space: Reserved): Promise<SparseResult> {
    const { signal } = this.#input
    const writer = new SparseWriter(file)
    const limit = this.#published('contentSize') ?? largest
    let head = Buffer.alloc(0)
    this.#tell('unpacking', 0, total)
    for await (const chunk of packed.chunks()) {
      signal?.throwIfAborted()
      if (head.length < 1024) {
        head = Buffer.concat([head, chunk.subarray(0, 1024)])
        if (head.length >= 1024 && !hasPartitionTable(head)) throw noImage(this.#name)
      }
      await writer.add(chunk)
      await space.wrote(writer.stored)
      if (writer.size > limit) throw tooLong(this.#name, limit)
      this.#tell('unpacking', writer.size, total)
    }
    if (!hasPartitionTable(head)) throw noImage(this.#name)
    return unlessAborted(writer.end(), signal)
  }

  /** A raw local file tells what it takes; other content counts in full, as if it had no holes. */
  async #spaceFor(path: string, { format }: Packed, total: number | null): Promise<number> {
    const packed = await stat(path)
    if (format === 'raw') return Math.min(packed.size, packed.blocks * 512)
    return total ?? packed.size * 4
  }

  #published(field: 'contentSize'): number | undefined
  #published(field: 'contentSha256'): string | undefined
  #published(field: 'contentSize' | 'contentSha256'): number | string | undefined {
    return this.#source.kind === 'url' ? this.#source[field] : undefined
  }

  #compare({ size, sha256 }: SparseResult): void {
    const wantedSize = this.#published('contentSize')
    const wanted = this.#published('contentSha256')
    if ((wantedSize === undefined || wantedSize === size) && (wanted === undefined || wanted === sha256)) return
    throw new Trouble(
      'image-checksum',
      wanted !== undefined && wanted !== sha256
        ? `The unpacked content of ${this.#name} has the SHA-256 ${sha256}; ${wanted} was published.`
        : `The unpacked content of ${this.#name} has ${size} bytes; ${wantedSize} were published.`,
      'Try again. If it fails again, the file or the published checksum has changed: check both with the publisher.',
    )
  }

  /** An image that was cut off still begins like one. */
  async #needWhole(path: string, size: number): Promise<void> {
    const image = await open(path, 'r')
    try {
      const end = Math.max(0, ...(await readPartitions(image)).map(({ offset, length }) => offset + length))
      if (size % 512 !== 0 || end > size)
        throw badPacking(
          this.#name,
          'partition table',
          `truncated: ${size} bytes are there, ${Math.max(end, size)} are needed`,
        )
    } finally {
      await image.close()
    }
  }

  /** The ranges that a block map beside the image names, after their checksums held. Null: there is no such map. */
  async #blockMap(path: string, size: number): Promise<ByteRange[] | null> {
    for (const name of mapNames(this.#name)) {
      const text = await this.#textOf(name)
      const map: BlockMap | null = text === null ? null : parseBlockMap(text, name)
      if (!map) continue
      if (map.imageSize !== size)
        throw new Trouble(
          'image-checksum',
          `${name} belongs to an image of ${map.imageSize} bytes; this one has ${size}.`,
          'Download the .bmap that belongs to the image, or remove it.',
        )
      const image = await open(path, 'r')
      try {
        const tell = (done: number, total: number) => this.#tell('checking', done, total)
        await checkBlockMap(map, image, name, tell, this.#input.signal)
      } finally {
        await image.close()
      }
      return map.ranges
    }
    return null
  }

  /** Null when there is none. A map is a help, not a need: one that cannot be had is no trouble. */
  async #textOf(name: string): Promise<string | null> {
    const { signal, uploads } = this.#input
    if (this.#source.kind === 'url') {
      const text = await fetchText(new URL(name), { limit: 16 * 1024 * 1024, silence: 10_000, signal }).catch(
        () => null,
      )
      signal?.throwIfAborted()
      return text
    }
    const path = this.#source.kind === 'file' ? name : join(uploads ?? '', name)
    return readFile(path, 'utf8').catch(() => null)
  }

  #tell(state: 'downloading' | 'unpacking' | 'checking', done: number, total: number | null): void {
    const now = performance.now()
    if (done !== 0 && done !== total && now - this.#toldAt < 200) return
    this.#toldAt = now
    this.#input.onProgress?.({ state, done, total })
  }
}

/** `x.img.xz.bmap` and `x.img.bmap`. The query of an address stays where it is. */
function mapNames(name: string): string[] {
  const [, path = name, query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(name) ?? []
  return [...new Set([path, path.replace(/\.(xz|gz|zst|zip)$/i, '')])].map((stem) => `${stem}.bmap${query}`)
}

/** Work that cannot be stopped is left behind. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
