/** `./bramble backup FILE` and `./bramble restore FILE`: everything that Bramble itself remembers. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { sizeText } from '@bramble/cluster'
import { Command } from 'commander'
import { defaultDataDir } from './data.ts'
import { backUpHouse, restoreHouse } from './house-backup.ts'
import { askPassphrase, type PassphraseOptions } from './passphrase.ts'

interface Options extends PassphraseOptions {
  data?: string
}

const dataOf = ({ data }: Options) => path.resolve(data ?? defaultDataDir())

export function backupCommand(): Command {
  return new Command('backup')
    .description("write Bramble's own database, keys and certificates into an encrypted file, while it runs or not")
    .argument('<file>', 'a file that is not there yet')
    .option('--data <folder>', 'the data directory of the Bramble (default: that of "up")')
    .option('--passphrase-file <file>', 'read the passphrase from the first line of this file instead of asking')
    .action(async (file: string, options: Options) => {
      const target = path.resolve(file)
      await backUpHouse(dataOf(options), target, await askPassphrase(options, true))
      const { size } = await stat(target)
      process.stdout.write(`${target} holds everything (${sizeText(size)}). Keep it, and its passphrase, elsewhere.\n`)
    })
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('make the Bramble of a backup anew on an empty data directory, on this or another machine')
    .argument('<file>', 'what "backup" wrote')
    .option('--data <folder>', 'an empty or new folder (default: that of "up")')
    .option('--passphrase-file <file>', 'read the passphrase from the first line of this file instead of asking')
    .option('--keys <file>', 'keys.json of the Bramble that made it: opens backups made before an upgrade')
    .action(async (file: string, options: Options) => {
      const folder = dataOf(options)
      const { rows, at } = await restoreHouse(folder, path.resolve(file), await askPassphrase(options, false))
      process.stdout.write(
        `${folder} is as it was at ${at} (${rows} rows). Start it: ./bramble up${options.data ? ` --data ${options.data}` : ''}\n`,
      )
    })
}
