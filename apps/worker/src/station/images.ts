/** This station's copies of images: prepared once however many ask, deleted when nobody wants them. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageState } from '@bramble/cluster'
import { uploadsIn } from '@bramble/db/data-dir'
import { DiskFull, reserve, sweepUnfinished } from '@bramble/db/disk-space'
import type { ImageWork } from '@bramble/db/flash'
import { Trouble, troubleWords } from '@bramble/provision'
import {
  type CachedImage,
  cachedImages,
  cacheFull,
  prepareImage,
  removeImage,
  sweepImages,
} from '@bramble/provision/flash'
import type { ImageServer } from './server.ts'

const tellMs = 500
/** A copy that nobody speaks of for 30 s is taken for abandoned. */
const beatMs = 5_000

interface Going {
  ready: Promise<CachedImage>
  stop: AbortController
  watchers: Set<OnProgress>
}

type OnProgress = (progress: { done: number; total: number | null }) => void

export class ImageKeeper {
  readonly #server: ImageServer
  readonly #cache: string
  readonly #uploads: string
  readonly #ending: AbortSignal
  readonly #going = new Map<string, Going>()

  constructor(server: ImageServer, folders: { data: string; images: string }, ending: AbortSignal) {
    this.#server = server
    this.#cache = folders.images
    this.#uploads = uploadsIn(folders.data)
    this.#ending = ending
  }

  /** Looks what is there, and from now on stops what is not wanted any more. Returns how to stop. */
  async open(): Promise<() => void> {
    await mkdir(this.#uploads, { recursive: true, mode: 0o700 })
    await this.sweep()
    await this.#server.present(await cachedImages(this.#cache))
    return this.#server.onChange((image) => {
      for (const id of image === null ? this.#going.keys() : [image]) void this.#look(id)
    })
  }

  /** Removes what a killed dashboard or worker left unfinished; what is still written to stays. */
  async sweep(): Promise<void> {
    const removed = [...(await sweepUnfinished(this.#uploads)), ...(await sweepImages(this.#cache))]
    if (removed.length > 0) console.log(`Removed unfinished files: ${removed.join(', ')}`)
  }

  /** Puts lost jobs back into the queue. */
  requeue(): Promise<void> {
    return this.#server.requeue()
  }

  /** The job: the copy becomes what its row says. */
  async work(id: string): Promise<void> {
    const asked = await this.#server.claim(id)
    if (!asked) return
    if (asked.wanted) await this.prepare(id, this.#ending).catch(() => undefined)
    // It may have been removed while it was fetched.
    const now = await this.#server.claim(id)
    if (now && !now.wanted) await this.#remove(now)
  }

  /** The image in the cache, fetched when it is not there. Trouble as `prepareImage`, `image-unknown`, `cancelled`. */
  async prepare(id: string, signal: AbortSignal, onProgress: OnProgress = () => undefined): Promise<CachedImage> {
    const going = this.#going.get(id) ?? this.#begin(id)
    going.watchers.add(onProgress)
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(new Trouble('cancelled', 'Cancelled.', 'Press Flash to start again.'))
      if (signal.aborted) onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      going.ready.then(resolve, reject).finally(() => {
        signal.removeEventListener('abort', onAbort)
        going.watchers.delete(onProgress)
      })
    })
  }

  #begin(id: string): Going {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, this.#ending])
    const watchers = new Set<OnProgress>()
    const ready = this.#prepare(id, signal, watchers).finally(() => this.#going.delete(id))
    const going = { ready, stop, watchers }
    this.#going.set(id, going)
    ready.catch(() => undefined)
    return going
  }

  async #prepare(id: string, signal: AbortSignal, watchers: ReadonlySet<OnProgress>): Promise<CachedImage> {
    const asked = await this.#server.claim(id)
    if (!asked?.wanted)
      throw new Trouble('image-unknown', 'This image was removed.', 'Choose another one, or add it again.')
    let latest: { state: ImageState; done: number; total: number | null } | undefined
    let toldAt = 0
    const tell = async () => {
      toldAt = performance.now()
      if (latest) await this.#server.progress(id, latest).catch(logged)
    }
    const beat = setInterval(() => void tell(), beatMs)
    try {
      const image = await prepareImage({
        ...this.#server.source(asked),
        id,
        cache: this.#cache,
        uploads: this.#uploads,
        reserve: (folder, bytes) => this.#reserve(folder, bytes),
        signal,
        onProgress: (progress) => {
          const turned = latest?.state !== progress.state
          latest = progress
          for (const watch of watchers) watch(progress)
          if (turned || performance.now() - toldAt >= tellMs) void tell()
        },
      })
      clearInterval(beat)
      const bytesOnDisk = (await cachedImages(this.#cache)).find((entry) => entry.id === id)?.bytes ?? 0
      await this.#server.ready(id, factsOf(image), bytesOnDisk)
      return image
    } catch (error) {
      clearInterval(beat)
      // An ending worker leaves it to the next one, which goes on where the download stopped.
      if (!signal.aborted) await this.#server.failed(id, troubleOf(error, asked.name))
      throw error
    } finally {
      clearInterval(beat)
    }
  }

  /** Shared with the dashboard, which takes uploads. */
  async #reserve(
    folder: string,
    bytes: number,
  ): Promise<{ wrote(done: number): Promise<void>; release(): Promise<void> }> {
    const full = (error: unknown) => {
      throw error instanceof DiskFull ? cacheFull(error.folder, error.needs, error.has) : error
    }
    const space = await reserve({ book: this.#uploads, folder, bytes }).catch(full)
    return { wrote: (done) => space.wrote(done).catch(full), release: () => space.release() }
  }

  async #look(id: string): Promise<void> {
    const going = this.#going.get(id)
    if (!going) return
    const copy = await this.#server.claim(id).catch(() => undefined)
    if (copy === null || copy?.wanted === false) going.stop.abort()
  }

  async #remove({ id, source, gone }: ImageWork): Promise<void> {
    const going = this.#going.get(id)
    going?.stop.abort()
    await going?.ready.catch(() => undefined)
    await removeImage({ id, cache: this.#cache })
    if (gone && source.kind === 'upload') await rm(join(this.#uploads, source.file), { force: true })
    await this.#server.forget(id)
  }
}

function factsOf({ size, sha256, firstBoot, os, data }: CachedImage) {
  return { size, sha256, firstBoot, os, data: data.reduce((sum, { length }) => sum + length, 0) }
}

function troubleOf(error: unknown, name: string) {
  if (!(error instanceof Trouble)) console.error('image:', error)
  const cure = 'Download it again. If the error persists, report it with this message.'
  return troubleWords(error, `Preparing ${name} failed: internal error of Bramble`, cure)
}

const logged = (error: Error) => console.error(`image: ${error.message}`)
