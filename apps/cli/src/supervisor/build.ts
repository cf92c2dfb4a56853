/** Brings generated code and the dashboard's build up to date with their sources. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '@bramble/process'
import { root } from './checkout.ts'
import { AlreadyRunning, type Lock, takeLock } from './lock.ts'

type Say = (line: string) => void

/** Holds the lock of a checkout's build. */
const lockFolder = path.join(root, 'node_modules/.cache/bramble-build')

/**
 * Seconds when something changed, next to nothing when not. Two builds of one checkout run one after the other.
 * Throws with the last lines of the build.
 */
export async function buildDashboard(say: Say, signal: AbortSignal): Promise<void> {
  const lock = await takeBuildLock(lockFolder, say, signal)
  try {
    await build(say, signal)
  } finally {
    await lock?.release()
  }
}

/** Waits until no other process builds. Null: this user cannot write to the checkout, so only an up-to-date build can work. */
export async function takeBuildLock(folder: string, say: Say, signal: AbortSignal): Promise<Lock | null> {
  let waits = false
  while (true) {
    try {
      await mkdir(folder, { recursive: true })
      return await takeLock(folder, '')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EACCES' || code === 'EROFS') return null
      // EEXIST: its holder has just ended.
      if (!(error instanceof AlreadyRunning) && code !== 'EEXIST') throw error
      if (!waits && error instanceof AlreadyRunning) {
        say(`another process is building this checkout (process ${error.running.up.pid}): waiting for it`)
        waits = true
      }
      await sleep(200, undefined, { signal })
    }
  }
}

async function build(say: Say, signal: AbortSignal): Promise<void> {
  const begun = Date.now()
  let building = false
  const result = await run(
    ['pnpm', 'exec', 'turbo', 'run', 'build', '--filter=@bramble/web', '--output-logs=new-only'],
    {
      cwd: root,
      env: { TURBO_TELEMETRY_DISABLED: '1', NEXT_TELEMETRY_DISABLED: '1', FORCE_COLOR: '0' },
      signal,
      timeout: 30 * 60_000,
      onLine(line) {
        if (building || !/^@bramble\/web:build: cache miss/.test(line)) return
        building = true
        say('building the dashboard (half a minute on a PC, some minutes on a Pi)')
      },
    },
  )
  signal.throwIfAborted()
  if (result.code !== 0)
    throw new Error(
      `The dashboard could not be built:\n${`${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-30).join('\n')}`,
    )
  if (building) say(`built in ${Math.round((Date.now() - begun) / 1000)} s`)
}
