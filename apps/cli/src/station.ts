/** `./bramble station`: a worker that only flashes, on another machine with card readers. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { start } from '@bramble/provision/local'
import { Command } from 'commander'
import { installFlashTools } from './apt.ts'
import { defaultDataDir } from './data.ts'
import { workerProcess } from './worker.ts'

export function stationCommand(): Command {
  return new Command('station')
    .description('lend the card readers of this machine to a Bramble elsewhere')
    .option('--name <name>', 'what the flash page calls it (default: the host name)')
    .option('--data <folder>', 'where its images are kept (default: $XDG_DATA_HOME/bramble)')
    .action(station)
}

async function station({ name, data = defaultDataDir() }: { name?: string; data?: string }): Promise<void> {
  for (const needed of ['DATABASE_URL', 'BRAMBLE_SECRET_KEY'])
    if (!process.env[needed])
      throw new Error(
        `${needed} is not set. Give the one of the Bramble that this station works for: see docs/flash.md.`,
      )
  await installFlashTools().catch((error: Error) => process.stderr.write(`bramble: ${error.message}\n`))
  await mkdir(data, { recursive: true, mode: 0o700 })
  const { argv, cwd, environment } = workerProcess(path.resolve(data))
  const child = start(argv, {
    cwd,
    env: { ...environment, BRAMBLE_STATION_ONLY: '1', ...(name ? { BRAMBLE_STATION: name } : {}) },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGTERM'))
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
