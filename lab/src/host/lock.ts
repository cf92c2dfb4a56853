/** One holder at a time on this machine, across processes; a holder that dies lets go at once. */
import { createServer, type Server } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { LabError } from './errors.ts'

/**
 * Runs `work` while holding the lock `name`. Waits up to `patience` milliseconds for another holder, then throws LabError
 * `lab-busy`. The lock is an abstract Unix socket: the kernel frees it with the process, so none can go stale.
 */
export async function withLock<T>(name: string, patience: number, work: () => Promise<T>, onWait?: () => void) {
  const deadline = Date.now() + patience
  let held = await listen(name)
  if (!held) onWait?.()
  while (!held) {
    if (Date.now() > deadline)
      throw new LabError(
        'lab-busy',
        `Another lab command has held "${name}" for ${Math.round(patience / 1000)} s. Wait until it has finished, then try again.`,
      )
    await pause(250)
    held = await listen(name)
  }
  try {
    return await work()
  } finally {
    held.close()
  }
}

function listen(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    )
    server.listen(`\0bramble:${name}`, () => {
      server.unref()
      resolve(server)
    })
  })
}
