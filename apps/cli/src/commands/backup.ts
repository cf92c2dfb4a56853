/** `./bramble backup FILE` and `./bramble restore FILE`: everything that Bramble itself remembers. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { sizeText } from '@bramble/cluster'
import { Command } from 'commander'
import { defaultDataDir } from '../supervisor/data.ts'
import { backUpHouse, restoreHouse } from '../supervisor/house-backup.ts'
import { askPassphrase, type PassphraseOptions } from './passphrase.ts'

interface Options extends PassphraseOptions {
  data?: string
}

const dataOf = ({ data }: Options) => path.resolve(data ?? defaultDataDir())

export function backupCommand(): Command {
  return new Command('backup')
    .description('back up the database, keys and certificates of Bramble to an encrypted file; works while it runs')
    .argument('<file>', 'path of a new file')
    .option('--data <folder>', 'data directory of Bramble (default: that of "up")')
    .option('--passphrase-file <file>', 'read the passphrase from the first line of this file instead of asking')
    .action(async (file: string, options: Options) => {
      const target = path.resolve(file)
      await backUpHouse(dataOf(options), target, await askPassphrase(options, true))
      const { size } = await stat(target)
      process.stdout.write(
        `${target} has the complete backup (${sizeText(size)}). Store the file and its passphrase on another machine.\n`,
      )
    })
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('restore Bramble from a backup to an empty data directory, on this or another machine')
    .argument('<file>', 'what "backup" wrote')
    .option('--data <folder>', 'empty or new folder (default: that of "up")')
    .option('--passphrase-file <file>', 'read the passphrase from the first line of this file instead of asking')
    .option('--keys <file>', 'keys.json of the Bramble that made the backup: opens backups from before an upgrade')
    .action(async (file: string, options: Options) => {
      const folder = dataOf(options)
      const { rows, at } = await restoreHouse(folder, path.resolve(file), await askPassphrase(options, false))
      process.stdout.write(
        `${folder} is as it was at ${at} (${rows} rows). Start it: ./bramble up${options.data ? ` --data ${options.data}` : ''}\n`,
      )
    })
}
