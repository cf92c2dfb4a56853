/** `./bramble prepare`: the database at DATABASE_URL made ready, for installs that do not use `up`. */
import { Command } from 'commander'
import { urlOf } from '../supervisor/addresses.ts'

export function prepareCommand(): Command {
  return new Command('prepare')
    .description('prepare the database at DATABASE_URL and print the setup link; used by docker-compose.yml')
    .action(async () => {
      const url = process.env.DATABASE_URL
      if (!url) throw new Error('DATABASE_URL is not set. Use ./bramble up to run with the bundled database.')
      const [{ applyMigrations, prepareWebRole }, database] = await Promise.all([
        import('@bramble/db/migrate'),
        import('../supervisor/database.ts'),
      ])
      const applied = await applyMigrations(url)
      const webPassword = process.env.POSTGRES_WEB_PASSWORD
      if (webPassword) await prepareWebRole(url, webPassword)
      try {
        await database.checkSecretsKey()
        process.stdout.write(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'the database is up to date\n')
        if (await database.hasAdmin()) return
        const { token } = await database.createSetupLink()
        process.stdout.write(`Create your account here (one use, within a day): ${setupUrl(token)}\n`)
      } finally {
        await database.disconnect()
      }
    })
}

const setupUrl = (token: string) => new URL(`/setup?token=${token}`, process.env.BRAMBLE_URL || urlOf(3000)).href
