/** `./bramble app run`: one command in the sandbox and environment of an app. */
import { runInApp } from '@bramble/provision'
import { Command } from 'commander'
import { type AppOptions, appOf, print, printJson, withApps, withCluster } from './open.ts'

export function runCommand(): Command {
  return withCluster(new Command('run'))
    .description('run one command with the files and the environment of what serves; ends with its exit code')
    .argument('<name>', 'name of the app')
    .argument('<command>', 'a line for the shell of its sandbox, in quotes')
    .option('--node <name>', 'on this node; default: the first one that is ready')
    .action((name: string, command: string, options: AppOptions & { node?: string }) =>
      withApps(options, async (opened) => {
        const app = appOf(opened, name)
        const onLine = (line: string) => (options.json ? printJson({ line }) : print(line))
        const end = await runInApp({ ...opened, app, command, onLine, ...(options.node ? { node: options.node } : {}) })
        if (options.json) printJson(end)
        process.exitCode = end.code
      }),
    )
}
