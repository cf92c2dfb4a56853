/** `./bramble app env`: secret values of an app. They take hold with its next deploy or restart. */
import { readFileSync } from 'node:fs'
import { parseDotenv, VariableName, VariableValue } from '@bramble/cluster'
import { Trouble } from '@bramble/provision'
import { Command } from 'commander'
import { readNamed } from '../headless.ts'
import { changeVariables, listVariables } from './dashboard/commands.ts'
import { appOf, type Opened } from './open.ts'
import { print, printJson, table } from './output.ts'
import { onTarget, refuseForDashboard, type TargetOptions, withTarget } from './target.ts'

export function environmentCommand(): Command {
  const env = new Command('env').description('secret environment variables of an app')
  env.addCommand(
    withTarget(new Command('list'))
      .description('list all variables and where they come from')
      .argument('<name>', 'name of the app')
      .option('--reveal', 'also show the values')
      .action((name: string, options: TargetOptions & { reveal?: boolean }) =>
        onTarget(options, {
          file: async (opened) => list(opened, name, options),
          async dashboard(dashboard) {
            refuseForDashboard({ '--reveal': [options.reveal, 'A dashboard never shows values again.'] })
            await listVariables(dashboard, name)
          },
        }),
      ),
  )
  env.addCommand(
    withTarget(new Command('set'))
      .description(
        'set variables; values on the command line are visible in the process list, values in a file are not',
      )
      .argument('<name>', 'name of the app')
      .argument('[values...]', 'NAME=value')
      .option('--file <file>', 'a file like .env; - reads standard input')
      .action((name: string, given: string[], options: TargetOptions & { file?: string }) =>
        onTarget(options, {
          file: async (opened) => set(opened, name, valuesOf(given, options)),
          dashboard: (dashboard) => changeVariables(dashboard, name, { set: valuesOf(given, options) }),
        }),
      ),
  )
  env.addCommand(
    withTarget(new Command('unset'))
      .description('remove variables')
      .argument('<name>', 'name of the app')
      .argument('<names...>', 'names of values')
      .action((name: string, names: string[], options: TargetOptions) =>
        onTarget(options, {
          file: async (opened) => unset(opened, name, names),
          dashboard: (dashboard) => changeVariables(dashboard, name, { unset: names }),
        }),
      ),
  )
  return env
}

function list(opened: Opened, name: string, { json, reveal }: TargetOptions & { reveal?: boolean }): void {
  const app = appOf(opened, name)
  const set = opened.values.environment(name)
  const all = opened.values.complete(app)
  const from = (variable: string) => (variable in set ? 'env set' : 'cluster file')
  const rows = Object.keys(all)
    .sort()
    .map((variable) => ({ name: variable, from: from(variable), ...(reveal ? { value: all[variable] } : {}) }))
  if (app.database) rows.push({ name: 'DATABASE_URL', from: 'database' })
  if (json) printJson(rows)
  else print(rows.length === 0 ? 'None.' : table(rows.map((row) => [row.name, row.from, row.value ?? ''])))
}

function valuesOf(given: readonly string[], { file }: { file?: string }): Record<string, string> {
  const read = { ...(file === undefined ? {} : fromFile(file)), ...fromArguments(given) }
  if (Object.keys(read).length > 0) return read
  throw new Trouble('app-values', 'No value was given.', 'Give NAME=value, or --file with a file like .env.')
}

function set(opened: Opened, name: string, read: Readonly<Record<string, string>>): void {
  appOf(opened, name)
  opened.values.setEnvironment(name, { ...opened.values.environment(name), ...read })
  print(`Set ${Object.keys(read).join(', ')}. They take effect with the next deploy or "app restart ${name}".`)
}

function unset(opened: Opened, name: string, names: readonly string[]): void {
  const environment = opened.values.environment(name)
  const unknown = names.filter((variable) => !(variable in environment))
  if (unknown.length > 0)
    throw new Trouble(
      'app-values',
      `Not set here: ${unknown.join(', ')}.`,
      'See "app env list". Change values of the cluster file in that file.',
    )
  const rest = Object.entries(environment).filter(([variable]) => !names.includes(variable))
  opened.values.setEnvironment(name, Object.fromEntries(rest))
  print(`Removed ${names.join(', ')}. It takes effect with the next deploy or "app restart ${name}".`)
}

function fromFile(file: string): Record<string, string> {
  const parsed = parseDotenv(file === '-' ? readFileSync(0, 'utf8') : readNamed(file, '--file'))
  if ('environment' in parsed) return parsed.environment
  const lines = parsed.problems.map(({ line, message }) => `Line ${line}: ${message}.`)
  throw new Trouble('app-values', lines.join('\n'), 'Correct the file: nothing was set.')
}

function fromArguments(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=')
      const [name, value] = [text.slice(0, at), text.slice(at + 1)]
      const problem =
        at < 1
          ? `${text} must be NAME=value`
          : [VariableName.safeParse(name), VariableValue.safeParse(value)].flatMap(({ error }) =>
              error ? [`${name} ${error.issues[0]?.message}`] : [],
            )[0]
      if (problem) throw new Trouble('app-values', `${problem}.`, 'Correct it: nothing was set.')
      return [name, value]
    }),
  )
}
