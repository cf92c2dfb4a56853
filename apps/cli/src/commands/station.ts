/** `./bramble station`: lends the card readers of this machine to a Bramble elsewhere, and does nothing else. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { start } from '@bramble/process'
import { Command } from 'commander'
import { installFlashTools } from '../supervisor/apt.ts'
import { defaultDataDir } from '../supervisor/data.ts'
import { workerProcess } from '../supervisor/worker.ts'

interface Options {
  join?: string
  code?: string
  data?: string
}

export function stationCommand(): Command {
  return new Command('station')
    .description('use the card readers of this machine with a Bramble on another machine')
    .option('--join <url>', 'URL of the Bramble to join as a station; requires --code')
    .option('--code <code>', 'one-time code, shown on the Flash page under Add station')
    .option('--data <folder>', 'data directory with its identity and images (default: $XDG_DATA_HOME/bramble)')
    .action(station)
}

async function station({ join, code, data = defaultDataDir() }: Options): Promise<void> {
  if ((join === undefined) !== (code === undefined))
    throw new Error('--join and --code must be used together. The Flash page shows both under Add station.')
  await installFlashTools().catch((error: Error) => process.stderr.write(`bramble: ${error.message}\n`))
  await mkdir(data, { recursive: true, mode: 0o700 })
  const { argv, cwd, environment } = workerProcess(path.resolve(data), 'src/station/main.ts')
  // Nothing of a Bramble on this machine: the station has an identity of its own.
  const { DATABASE_URL, REDIS_URL, BRAMBLE_SECRET_KEY, BETTER_AUTH_SECRET, ...env } = environment
  const joining = join && code ? { BRAMBLE_JOIN_URL: join, BRAMBLE_JOIN_CODE: code } : {}
  const child = start(argv, { cwd, env: { ...env, ...joining } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGTERM'))
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status) => resolve(status ?? 1))
  })
}
