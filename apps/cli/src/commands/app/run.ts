/** `./bramble app run`: one command in the sandbox and environment of an app. */
import { runInApp } from '@bramble/provision'
import { Command } from 'commander'
import { runRemote } from './dashboard/commands.ts'
import { appOf } from './open.ts'
import { print, printJson } from './output.ts'
import { onTarget, type TargetOptions, withTarget } from './target.ts'

export function runCommand(): Command {
  return withTarget(new Command('run'))
    .description('run a one-off command with the files and environment of the live release; exits with its exit code')
    .argument('<name>', 'name of the app')
    .argument('<command>', 'command line for the shell of the sandbox, in quotes')
    .option('--node <name>', 'node to run it on; default: the first one that is ready')
    .action((name: string, command: string, options: TargetOptions & { node?: string }) =>
      onTarget(options, {
        dashboard: (dashboard) => runRemote(dashboard, name, { command, node: options.node }),
        file: async (opened) => {
          const app = appOf(opened, name)
          const onLine = (line: string) => (options.json ? printJson({ line }) : print(line))
          const end = await runInApp({
            ...opened,
            app,
            command,
            onLine,
            ...(options.node ? { node: options.node } : {}),
          })
          if (options.json) printJson(end)
          process.exitCode = end.code
        },
      }),
    )
}
