/** Bramble as a person starts it: `./bramble up` on a free port with a data folder of its own. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { start } from '@bramble/process'
import { root } from '../src/supervisor/checkout.ts'
import { readRunning } from '../src/supervisor/lock.ts'
import { freePort } from '../src/supervisor/postgres.ts'
import { type Identity, until } from '../src/supervisor/processes.ts'

export interface Started {
  url: string
  data: string
  /** The one-time link that it printed; empty when an admin was there. */
  link: string
  /** All that it printed so far. */
  said(): string
  /** True once it listens where an admin gets in, within `ms`. */
  opened(ms: number): Promise<boolean>
  /** The key that the secrets in its database are sealed with. */
  secretKey(): string
  /** One of its processes: `dashboard`, `worker`, `database`. */
  part(name: string): Promise<Identity>
  stop(): Promise<void>
}

interface Keys {
  postgresApp: string
  secretKey: string
}

const keysOf = (data: string) => JSON.parse(readFileSync(path.join(data, 'keys.json'), 'utf8')) as Keys

/** The application's way into the database, as `up` gives it to its parts. */
export function databaseUrlOf(data: string): string {
  const port = readFileSync(path.join(data, 'postgres/postmaster.pid'), 'utf8').split('\n')[3]
  return `postgresql://bramble:${keysOf(data).postgresApp}@127.0.0.1:${port}/bramble`
}

/** On a data folder of its own. Returns when it has printed the set-up link; throws with its words when it ends before. */
export async function startBramble(): Promise<Started> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bramble-journey-'))
  return startOn(path.join(folder, 'data'), folder, /http\S+token=\S+/)
}

/** On a data folder that has an admin already; it is left there at the end. */
export const startAgain = (data: string): Promise<Started> => startOn(data, null, /Bramble is up/)

/** `own`: the folder to remove at the end. `ready`: what it prints when people get in. */
async function startOn(data: string, own: string | null, ready: RegExp): Promise<Started> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const house = start([path.join(root, 'bramble'), 'up', '--data', data, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, BRAMBLE_ARRIVALS_PORT: String(await freePort()) },
  })
  let said = ''
  for (const stream of [house.stdout, house.stderr]) stream?.on('data', (chunk) => (said += String(chunk)))
  const stop = async () => {
    if (house.exitCode === null && house.signalCode === null) {
      const exit = new Promise((resolve) => house.once('exit', resolve))
      house.kill('SIGTERM')
      await exit
    }
    if (own !== null) await rm(own, { recursive: true, force: true })
  }
  await until(async () => ready.test(said) || house.exitCode !== null || house.signalCode !== null, 12 * 60_000)
  const found = ready.exec(said)?.[0]
  if (!found) {
    await stop()
    throw new Error(`./bramble up did not come as far as it should:\n${said}`)
  }
  const answers = async () =>
    (await fetch(`${url}/sign-in`, { signal: AbortSignal.timeout(20_000) }).catch(() => null))?.ok ?? false
  return {
    url,
    data,
    link: own === null ? '' : found,
    said: () => said,
    // From the first admin on it listens on the network, so the dashboard starts anew.
    opened: (ms) =>
      until(async () => said.split('Bramble is up').length > (own === null ? 1 : 2) && (await answers()), ms),
    secretKey: () => keysOf(data).secretKey,
    async part(name) {
      const running = (await readRunning(data))?.parts[name]
      if (!running) throw new Error(`${name} does not run`)
      return running
    },
    stop,
  }
}
