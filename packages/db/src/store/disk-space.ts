/**
 * Space on the disk of Bramble's data folder, promised to one writer at a time. The dashboard and the worker keep the
 * promises as sparse files in one folder (the book): the size of each is what its writer has still to write.
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'

/** Bytes that stay free on the disk of the data folder, so that the database beside the images can always write. */
export const keptForDatabase = 1e9
/** Bytes that stay free on any other disk. */
const keptElsewhere = 64 * 1024 ** 2
const beatMs = 5_000
/** A promise that nobody renewed for this long is that of a killed process. Milliseconds. */
const staleMs = 60_000
/** What is added when a writer needs more than it said. Bytes. */
const step = 256e6
/** A promise is made smaller when this much was written. Bytes. */
const grain = 32e6
const suffix = '.reserved'

export class DiskFull extends Error {
  override name = 'DiskFull'
  constructor(
    readonly folder: string,
    /** Bytes. */
    readonly needs: number,
    /** Bytes that can still be promised; 0 at least. */
    readonly has: number,
  ) {
    super(`${folder} has space for ${has} bytes, and ${needs} are needed.`)
  }
}

interface Place {
  book: string
  folder: string
  /** Of the disk. */
  device: number
  kept: number
}

/** One at a time in this process; between processes, two that ask in the same instant may both be refused. */
let turn: Promise<unknown> = Promise.resolve()
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = turn.then(work, work)
  turn = next.catch(() => undefined)
  return next
}

export class Reservation {
  readonly #place: Place
  readonly #path: string
  readonly #file: FileHandle
  readonly #beat: NodeJS.Timeout
  #granted: number
  #told: number

  constructor(place: Place, file: { path: string; handle: FileHandle }, bytes: number) {
    this.#place = place
    this.#path = file.path
    this.#file = file.handle
    this.#granted = bytes
    this.#told = bytes
    this.#beat = setInterval(() => {
      const now = new Date()
      void this.#file.utimes(now, now).catch(() => undefined)
    }, beatMs)
    this.#beat.unref()
  }

  /** `done`: all bytes written so far. Throws DiskFull when more is needed than was promised and there is no space for it. */
  async wrote(done: number): Promise<void> {
    while (done > this.#granted) {
      await inTurn(async () => {
        const has = await spaceIn(this.#place, this.#path)
        if (has < step) throw new DiskFull(this.#place.folder, step, Math.max(0, has))
        this.#granted += step
        await this.#tell(done)
      })
    }
    if (this.#told - (this.#granted - done) >= grain) await this.#tell(done)
  }

  async release(): Promise<void> {
    clearInterval(this.#beat)
    await this.#file.close()
    await rm(this.#path, { force: true })
  }

  async #tell(done: number): Promise<void> {
    this.#told = this.#granted - done
    await this.#file.truncate(this.#told)
  }
}

/**
 * Promises `bytes` in `folder` to the caller, who releases them when the file is written or given up. `book`: a folder
 * that all writers share, on the disk of the database. `file`: name of the unfinished file there, if it is there.
 * Throws DiskFull.
 */
export function reserve(at: { book: string; folder: string; bytes: number; file?: string }): Promise<Reservation> {
  const { book, folder, bytes } = at
  return inTurn(async () => {
    const [{ dev: device }, { dev: own }] = await Promise.all([stat(folder), stat(book)])
    const place = { book, folder, device, kept: device === own ? keptForDatabase : keptElsewhere }
    const refuse = async (mine?: string) => {
      const has = await spaceIn(place, mine)
      if (bytes > has) throw new DiskFull(folder, bytes, Math.max(0, has))
    }
    await refuse()
    const name = path.join(book, `${device}-${at.file ?? randomUUID()}${suffix}`)
    const handle = await open(name, 'wx', 0o600)
    try {
      await handle.truncate(bytes)
      await refuse(name)
      return new Reservation(place, { path: name, handle }, bytes)
    } catch (error) {
      await handle.close()
      await rm(name, { force: true })
      throw error
    }
  })
}

/** Bytes that can be promised beside what is promised already, `mine` not counted. */
async function spaceIn({ book, folder, device, kept }: Place, mine?: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  let free = bavail * bsize - kept
  for (const { file, live, size } of await promises(book))
    if (live && file !== mine && path.basename(file).startsWith(`${device}-`)) free -= size
  return free
}

async function promises(book: string): Promise<{ file: string; live: boolean; size: number }[]> {
  const names = (await readdir(book)).filter((name) => name.endsWith(suffix))
  const found = await Promise.all(
    names.map(async (name) => {
      const file = path.join(book, name)
      // One that is released in this moment promises nothing.
      const made = await stat(file).catch(() => null)
      return made && { file, live: Date.now() - made.mtimeMs < staleMs, size: made.size }
    }),
  )
  return found.filter((one) => one !== null)
}

/** Removes what killed processes left unfinished in the book's folder. Returns the names. What is still written to stays. */
export async function sweepUnfinished(book: string): Promise<string[]> {
  const all = await promises(book).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (all === null) return []
  const removed: string[] = []
  const remove = async (file: string) => {
    await rm(file, { force: true })
    removed.push(path.basename(file))
  }
  for (const { file, live } of all) if (!live) await remove(file)
  const live = all.filter((one) => one.live).map(({ file }) => path.basename(file))
  for (const name of await readdir(book)) {
    if (!name.endsWith('.part') || live.some((one) => one.endsWith(`-${name}${suffix}`))) continue
    const made = await stat(path.join(book, name)).catch(() => null)
    if (made && Date.now() - made.mtimeMs >= staleMs) await remove(path.join(book, name))
  }
  return removed
}
