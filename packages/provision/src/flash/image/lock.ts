/** One process at a time works on a folder of the image cache. A holder that died holds nothing. */
import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

/** `start` tells a reused process number apart; empty where /proc is missing. */
const Holder = z.object({ pid: z.int().min(1), start: z.string() })
type Holder = z.infer<typeof Holder>

const retryMilliseconds = 100

export interface FolderLock {
  release(): Promise<void>
}

/** Null: another caller, here or in another process, holds the folder. */
export async function tryLock(folder: string): Promise<FolderLock | null> {
  const path = join(folder, 'lock')
  const mine = join(folder, `lock.${randomUUID()}`)
  const holder: Holder = { pid: process.pid, start: (await startOf(process.pid)) ?? '' }
  await writeFile(mine, JSON.stringify(holder))
  try {
    // A link appears with its whole content at once, or not at all.
    while (!(await linked(mine, path))) if (!(await removeStale(mine, path))) return null
    return { release: () => rm(path, { force: true }) }
  } finally {
    await rm(mine, { force: true })
  }
}

/** Waits until the folder is free. Rejects with the signal's reason. */
export async function lock(folder: string, signal?: AbortSignal): Promise<FolderLock> {
  for (;;) {
    const held = await tryLock(folder)
    if (held) return held
    await delay(retryMilliseconds, undefined, signal ? { signal } : {})
  }
}

async function linked(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * True: try again. Between the look at a lock and its removal another caller may have taken it: a lock of its own
 * lets one at a time look and remove.
 */
async function removeStale(mine: string, path: string): Promise<boolean> {
  if (await held(path)) return false
  const guard = `${path}.stale`
  if (!(await linked(mine, guard))) {
    if (await held(guard)) return false
    await rm(guard, { force: true })
    return true
  }
  try {
    if (!(await held(path))) await rm(path, { force: true })
    return true
  } finally {
    await rm(guard, { force: true })
  }
}

async function held(path: string): Promise<boolean> {
  const holder = await holderOf(path)
  return holder !== null && (await alive(holder))
}

async function holderOf(path: string): Promise<Holder | null> {
  try {
    return Holder.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return null
  }
}

async function alive({ pid, start }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await startOf(pid)
  return now === null || start === '' || now === start
}

/** Clock ticks after boot at which the process began. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The command's name may hold spaces and brackets: count from the last bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
