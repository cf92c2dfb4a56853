/** `./bramble station`: lends the card readers of this machine to a Bramble elsewhere, and does nothing else. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { start } from '@bramble/provision/local'
import { Command } from 'commander'
import { installFlashTools } from './apt.ts'
import { defaultDataDir } from './data.ts'
import { workerProcess } from './worker.ts'

interface Options {
  join?: string
  code?: string
  data?: string
}

export function stationCommand(): Command {
  return new Command('station')
    .description('lend the card readers of this machine to a Bramble elsewhere')
    .option('--join <url>', 'become a station of the Bramble at this address; needs --code')
    .option('--code <code>', 'the one-time code that the page Flash shows under Add station')
    .option('--data <folder>', 'where its identity and images are kept (default: $XDG_DATA_HOME/bramble)')
    .action(station)
}

async function station({ join, code, data = defaultDataDir() }: Options): Promise<void> {
  if ((join === undefined) !== (code === undefined))
    throw new Error('--join and --code belong together. The page Flash shows both under Add station.')
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
