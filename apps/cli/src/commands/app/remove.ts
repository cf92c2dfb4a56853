/** `./bramble app remove`: an app, its files on the nodes, and its database when that is asked for. */
import { databaseOf, removeApp, Trouble } from '@bramble/provision'
import { Command } from 'commander'
import { confirm } from '../confirm.ts'
import { removeRemote } from './dashboard/commands.ts'
import { withoutEntry, writeClusterFile } from './entry.ts'
import { appOf } from './open.ts'
import { printOutcome } from './output.ts'
import { onTarget, type TargetOptions, withTarget } from './target.ts'

interface RemoveOptions extends TargetOptions {
  yes?: string
  dropDatabase?: boolean
}

export function removeCommand(): Command {
  return withTarget(new Command('remove'))
    .description('remove an app from the nodes and from the cluster file')
    .argument('<name>', 'name of the app')
    .option('--drop-database', 'also drop its database with all data; needed with --to, where it goes in any case')
    .option('--yes <name>', 'do not ask for confirmation; give the name of the app again')
    .option('--verbose', 'print the output of the nodes')
    .action((name: string, options: RemoveOptions) =>
      onTarget(options, {
        dashboard: (dashboard) =>
          removeRemote(dashboard, name, { yes: options.yes, dropDatabase: options.dropDatabase ?? false }),
        file: async (opened, { cluster }) => {
          const app = appOf(opened, name)
          if (options.dropDatabase && !app.database)
            throw new Trouble('app-no-database', `${name} has no database.`, 'Omit --drop-database.')
          const database = app.database
            ? options.dropDatabase
              ? ` Its database ${databaseOf(app)} is dropped with all data.`
              : ` Its database ${databaseOf(app)} and its secret values on this machine stay; --drop-database deletes both.`
            : ''
          const gone = app.database && !options.dropDatabase ? 'releases' : 'releases, its environment'
          const warning = `${name} is taken offline${app.domains.length > 0 ? ` (${app.domains.join(', ')})` : ''}. Its ${gone} and all files that it wrote on the nodes are deleted.${database}`
          if (options.yes === undefined) await confirm(name, warning)
          else if (options.yes !== name)
            throw new Trouble('not-confirmed', `--yes names ${options.yes}, and not ${name}.`, 'Nothing was changed.')
          const outcome = await removeApp({ ...opened, app, dropDatabase: options.dropDatabase ?? false })
          if (outcome.status === 'succeeded' || outcome.status === 'partial') {
            writeClusterFile(cluster, withoutEntry(cluster, name))
            await opened.releases.removeApp(name)
            // The password opens the database that stays, if the app comes again.
            if (options.dropDatabase || !app.database) opened.values.remove(name)
          }
          printOutcome(outcome, options)
        },
      }),
    )
}
