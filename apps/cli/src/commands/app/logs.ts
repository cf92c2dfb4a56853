/** `./bramble app logs`: what the processes of an app print, from all its nodes. */
import { type AppLogLine, appLogs, followAppLogs } from '@bramble/provision'
import { Command, InvalidArgumentError } from 'commander'
import { logsRemote } from './dashboard/commands.ts'
import { appOf } from './open.ts'
import { print, printJson } from './output.ts'
import { onTarget, type TargetOptions, withTarget } from './target.ts'

interface LogsOptions extends TargetOptions {
  lines: number
  follow?: boolean
  process?: string
}

export function logsCommand(): Command {
  return withTarget(new Command('logs'))
    .description('show the output of the processes of an app, from all its nodes')
    .argument('<name>', 'name of the app')
    .option('-n, --lines <count>', 'number of latest lines of each node', count, 100)
    .option('-f, --follow', 'follow the output; Ctrl-C ends it')
    .option('--process <name>', 'only this process, such as web or release')
    .action((name: string, options: LogsOptions) =>
      onTarget(options, {
        dashboard: (dashboard) =>
          logsRemote(dashboard, name, { ...options, follow: options.follow ?? false, process: options.process }),
        file: async (opened) => {
          appOf(opened, name)
          const chosen = ({ process }: AppLogLine) => options.process === undefined || process === options.process
          const onLine = (line: AppLogLine) => {
            if (!chosen(line)) return
            if (options.json) printJson(line)
            else print(`${line.at}  ${line.node}  ${line.process}  ${line.text}`)
          }
          const onAway = (node: string) => process.stderr.write(`${node} cannot be reached: its lines are missing.\n`)
          const input = { ...opened, app: name, lines: options.lines }
          if (options.follow) return followAppLogs({ ...input, onLine, onAway })
          const { lines, away } = await appLogs(input)
          lines.forEach(onLine)
          away.forEach(onAway)
        },
      }),
    )
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 100_000) return value
  throw new InvalidArgumentError('It must be a number from 0 to 100000.')
}
