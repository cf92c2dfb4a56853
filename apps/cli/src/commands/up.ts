/** `./bramble up`: the dashboard, its worker and its database on this machine, until it is told to stop. */
import path from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { installFlashTools } from '../supervisor/apt.ts'
import { buildDashboard } from '../supervisor/build.ts'
import { defaultDataDir } from '../supervisor/data.ts'
import { House } from '../supervisor/house.ts'
import { AlreadyRunning } from '../supervisor/lock.ts'

export interface UpOptions {
  data?: string
  port: number
  host: string
}

export function upCommand(): Command {
  return new Command('up')
    .description('start the dashboard on this machine and keep it running')
    .option('--data <folder>', 'data directory (default: $XDG_DATA_HOME/bramble or ~/.local/share/bramble)')
    .option('--port <n>', 'port of the dashboard', portNumber, 3000)
    .option(
      '--host <address>',
      'address to listen on after the first admin was created; before that 127.0.0.1',
      '0.0.0.0',
    )
    .action(up)
}

function portNumber(value: string): number {
  const port = Number(value)
  if (!/^\d+$/.test(value) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('It must be a port from 1 to 65535.')
  return port
}

async function up(options: UpOptions): Promise<void> {
  const stop = new AbortController()
  let asked = 0
  const onSignal = () => {
    asked += 1
    if (asked === 1) {
      say('stopping')
      stop.abort()
    } else if (asked === 3) process.exit(1)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // A closed terminal or pipe must not end the parts half-way.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

  let house: House | undefined
  try {
    house = await House.open(path.resolve(options.data ?? defaultDataDir()), options, say)
    if (isDebianRoot()) await installFlashTools().catch((error: Error) => say(`Flashing is limited: ${error.message}`))
    await buildDashboard(say, stop.signal)
    await house.start(stop.signal)
    await new Promise<void>((resolve) => {
      if (stop.signal.aborted) resolve()
      else stop.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  } catch (error) {
    if (error instanceof AlreadyRunning) {
      say(error.message)
      process.exitCode = 1
    } else if (!stop.signal.aborted) throw error
  } finally {
    await house?.stop()
  }
  if (stop.signal.aborted) say('stopped')
}

/** Others are told on the flash page what to install. */
const isDebianRoot = () => process.platform === 'linux' && process.getuid?.() === 0

function say(line: string): void {
  process.stdout.write(`${new Date().toTimeString().slice(0, 8)} ${line}\n`)
}
