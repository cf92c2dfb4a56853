/** `./bramble admin reset`: whoever has the machine and the data directory lets an administrator in again. */
import path from 'node:path'
import { Trouble } from '@bramble/provision'
import { Command } from 'commander'
import { urlOf } from '../supervisor/addresses.ts'
import { defaultDataDir } from '../supervisor/data.ts'
import { atDatabase } from '../supervisor/house-backup.ts'
import { readRunning } from '../supervisor/lock.ts'
import { isAlive } from '../supervisor/processes.ts'

interface Options {
  data?: string
  secondFactor?: boolean
}

export function adminCommand(): Command {
  const reset = new Command('reset')
    .description('print a one-time link, valid for an hour, to set a new password; ends all sessions of the account')
    .argument('[email]', 'email address of the account; required if there are several administrators')
    .option('--second-factor', 'also turn two-factor authentication off')
    .option('--data <folder>', 'data directory of Bramble (default: that of "up"; ignored with DATABASE_URL)')
    .action(async (email: string | undefined, options: Options) => {
      const folder = path.resolve(options.data ?? defaultDataDir())
      const secondFactor = options.secondFactor ?? false
      const own = options.data === undefined && process.env.DATABASE_URL
      if (own) return say(await resetAt(own, email, secondFactor), process.env.BRAMBLE_URL || urlOf(3000), true)
      const running = await readRunning(folder)
      const isUp = running !== undefined && (await isAlive(running.up))
      const made = await atDatabase(folder, (url) => resetAt(url, email, secondFactor))
      say(made, isUp && running.url ? running.url : urlOf(3000), isUp)
    })
  return new Command('admin')
    .description('restore access for an administrator who lost the password or the two-factor authentication')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addCommand(reset)
}

type Made = Awaited<ReturnType<typeof import('../supervisor/database.ts')['resetAdmin']>>

/** Trouble `database-older`; Refusals of `resetAdmin`. */
async function resetAt(url: string, email: string | undefined, secondFactor: boolean): Promise<Made> {
  const [{ pendingMigrations }, database] = await Promise.all([
    import('@bramble/db/migrate'),
    import('../supervisor/database.ts'),
  ])
  process.env.DATABASE_URL = url
  const { pending } = await pendingMigrations(url)
  if (pending.length > 0)
    throw new Trouble(
      'database-older',
      'The database was created by an older version of Bramble.',
      'Start this version once with ./bramble up.',
    )
  try {
    return await database.resetAdmin({ email, secondFactor })
  } finally {
    await database.disconnect()
  }
}

function say({ email, token, secondFactor }: Made, url: string, isUp: boolean): void {
  const lines = [
    ...(isUp ? [] : ['Bramble is not running. Start it with ./bramble up, on the same port.']),
    `All sessions of ${email} were ended. Set a new password here (one use, within an hour): ${url}/setup?token=${token}`,
    ...(secondFactor
      ? ['Two-factor authentication stays on. If the second device is lost, run this again with --second-factor.']
      : []),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
