/** Bramble's worker as a process of its own, on the database of the test and the lab of a stage. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { start } from '@bramble/process'
import { layoutOf } from '../src/host/layout.ts'
import { eventually } from './stage.ts'

export interface WorkerProcess {
  /** SIGTERM as when Bramble is updated or the machine shuts down. Resolves with its exit status. */
  end(): Promise<number | null>
  /** SIGSTOP and SIGCONT: a laptop that sleeps. */
  freeze(): void
  thaw(): void
  /** All that it printed so far. */
  said(): string
}

/** Resolves when it takes runs. The caller ends it. `id`: number of the stage's lab. */
export async function startWorkerProcess(id: number): Promise<WorkerProcess> {
  const data = await mkdtemp(join(tmpdir(), 'bramble-worker-'))
  const layout = layoutOf(id)
  const loaded = [import.meta.resolve('tsx'), import.meta.resolve('./led.ts')].flatMap((url) => ['--import', url])
  const child = start(
    [process.execPath, ...loaded, fileURLToPath(new URL('../../apps/worker/src/main.ts', import.meta.url))],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        BRAMBLE_DATA: data,
        BRAMBLE_ARRIVALS_PORT: String(await freePort()),
        BRAMBLE_TEST_NETWORK: layout.subnet,
        BRAMBLE_TEST_GATEWAY: layout.gateway,
      },
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)))
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const end = async () => {
    if (isAlive(child)) child.kill('SIGTERM')
    const code = await exited
    await rm(data, { recursive: true, force: true })
    return code
  }
  try {
    await eventually(60, async () => {
      if (!isAlive(child) || !said.includes('is ready')) throw new Error(`The worker is not ready: ${said}`)
    })
  } catch (error) {
    await end()
    throw error
  }
  return {
    end,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    said: () => said,
  }
}

const isAlive = ({ exitCode, signalCode }: ReturnType<typeof start>) => exitCode === null && signalCode === null

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
