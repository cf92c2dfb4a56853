/** `./bramble secret-key rotate`: a new key for the stored secrets. */
import path from 'node:path'
import { Trouble } from '@bramble/provision'
import { Command } from 'commander'
import { defaultDataDir } from '../supervisor/data.ts'

export function secretKeyCommand(): Command {
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  const rotate = new Command('rotate')
    .description(
      'replace the key that stored secrets are encrypted with, while Bramble is stopped; run it again if it was interrupted. ' +
        'With a database of your own set DATABASE_URL, BRAMBLE_SECRET_KEY and BRAMBLE_NEW_SECRET_KEY',
    )
    .option('--data <folder>', 'data directory of Bramble (default: that of "up")')
    .action(async ({ data }: { data?: string }) => {
      if (process.env.DATABASE_URL && data === undefined) return rotateElsewhere(say)
      const { rotateKey } = await import('../supervisor/key-rotation.ts')
      await rotateKey(path.resolve(data ?? defaultDataDir()), say)
    })
  return new Command('secret-key')
    .description('replace the key that stored secrets are encrypted with')
    .addCommand(rotate)
}

/** The database at DATABASE_URL: its owner keeps the keys, so both are given. Troubles `key-missing`. */
async function rotateElsewhere(say: (line: string) => void): Promise<void> {
  const { BRAMBLE_SECRET_KEY: old, BRAMBLE_NEW_SECRET_KEY: next } = process.env
  if (!old || !next)
    throw new Trouble(
      'key-missing',
      `${old ? 'BRAMBLE_NEW_SECRET_KEY' : 'BRAMBLE_SECRET_KEY'} is not set.`,
      'Set both: the present key and the new one, 32 random bytes in base64 each.',
    )
  const { disconnect, isSecretsKey, rotateSecretsKey } = await import('../supervisor/database.ts')
  try {
    if (await isSecretsKey(next)) return say('the stored secrets are encrypted with the new key already')
    const { count, unreadable } = await rotateSecretsKey(old, next)
    for (const place of unreadable) say(`could not be decrypted with the old key either and was not changed: ${place}`)
    say(`${count} stored secrets are encrypted with the new key: make it BRAMBLE_SECRET_KEY, then start Bramble`)
  } finally {
    await disconnect()
  }
}
