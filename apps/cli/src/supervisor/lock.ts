/** One process per folder, also after the last one was killed without a chance to tidy up: `up` on a data directory, a build on a checkout. */
import { randomBytes } from 'node:crypto'
import { access, link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Identity, identify, isAlive } from './processes.ts'

/** What `up` writes down about itself while it runs. */
export interface Running {
  up: Identity
  url: string
  /** Its children by name, so that the next `up` can end what a killed one left behind. */
  parts: Record<string, Identity>
}

export class AlreadyRunning extends Error {
  constructor(readonly running: Running) {
    super(`Bramble is already running on this data directory (pid ${running.up.pid}): ${running.url}`)
  }
}

export interface Lock {
  /** What a killed `up` left behind; undefined after a clean stop. */
  leftover: Running | undefined
  update(change: Partial<Omit<Running, 'up'>>): Promise<void>
  release(): Promise<void>
}

const fileIn = (dataDir: string) => path.join(dataDir, 'running.json')

/** What runs on this data directory, or ran when it was killed. */
export async function readRunning(dataDir: string): Promise<Running | undefined> {
  try {
    return JSON.parse(await readFile(fileIn(dataDir), 'utf8')) as Running
  } catch (error) {
    // Half a file is what a power cut leaves: nobody can be running with it.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Takes the lock. Throws AlreadyRunning while its holder lives. */
export async function takeLock(dataDir: string, url: string): Promise<Lock> {
  const file = fileIn(dataDir)
  const up = await identify(process.pid)
  if (!up) throw new Error('This process cannot find itself: is /proc mounted?')
  let state: Running = { up, url, parts: {} }
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  const write = () => writeFile(draft, JSON.stringify(state), { mode: 0o600, flush: true })

  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  const leftover = await readRunning(dataDir)
  if (leftover && (await isAlive(leftover.up))) throw new AlreadyRunning(leftover)
  await write()
  try {
    // A file that came since then is that of another one, who was quicker.
    if (isThere) await clearStale(file, leftover)
    await link(draft, file)
  } catch (error) {
    const winner = await readRunning(dataDir)
    if (winner && (error as NodeJS.ErrnoException).code === 'EEXIST') throw new AlreadyRunning(winner)
    throw error
  } finally {
    await rm(draft, { force: true })
  }
  let queue = Promise.resolve()
  let released = false
  return {
    leftover,
    update(change) {
      state = { ...state, ...change }
      queue = queue.then(async () => {
        if (released) return
        await write()
        await rename(draft, file)
      })
      return queue
    },
    async release() {
      released = true
      await queue.catch(() => undefined)
      await rm(file, { force: true })
    },
  }
}

/** Moves a dead holder's file away; puts it back if another `up` was quicker and the file is no longer the dead one's. */
async function clearStale(file: string, stale: Running | undefined): Promise<void> {
  const aside = `${file}.stale-${randomBytes(6).toString('hex')}`
  try {
    await rename(file, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    const moved = JSON.parse(await readFile(aside, 'utf8').catch(() => 'null')) as Running | null
    if (moved && moved.up.pid !== stale?.up.pid && (await isAlive(moved.up))) await link(aside, file)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  } finally {
    await rm(aside, { force: true })
  }
}
