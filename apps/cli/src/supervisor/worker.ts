/** How the worker is started by `up`, and its part that only flashes by `station`. */
import path from 'node:path'
import { root } from './checkout.ts'

export interface WorkerProcess {
  argv: string[]
  cwd: string
  environment: NodeJS.ProcessEnv
}

/** `dataDir`: where it keeps images and finds uploads. `main`: its program. */
export function workerProcess(dataDir: string, main = 'src/main.ts'): WorkerProcess {
  const cwd = path.join(root, 'apps/worker')
  return {
    argv: [process.execPath, '--import', import.meta.resolve('tsx'), path.join(cwd, main)],
    cwd,
    environment: {
      ...process.env,
      NODE_ENV: 'production',
      BRAMBLE_DATA: dataDir,
      // Two reads or writes of each card wait in these threads; with Node's four the cards would wait for each other.
      UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '64',
    },
  }
}
