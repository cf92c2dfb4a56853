/** `./bramble app scale`: on which nodes an app runs. */
import type { AppPlaces } from '@bramble/cluster'
import { appNodes, readApps, scaleApp, Trouble } from '@bramble/provision'
import { Command, InvalidArgumentError } from 'commander'
import { scaleRemote } from './dashboard/commands.ts'
import { plannedPlaces, writeClusterFile } from './entry.ts'
import { type AppOptions, appOf, type Opened } from './open.ts'
import { print, printJson, printOutcome } from './output.ts'
import { onTarget, type TargetOptions, withTarget } from './target.ts'

interface ScaleOptions extends TargetOptions {
  nodes?: string[]
  count?: number
  all?: boolean
}

export function scaleCommand(): Command {
  return withTarget(new Command('scale'))
    .description('set the web nodes that run an app; no request fails')
    .argument('<name>', 'name of the app')
    .option('--nodes <names>', 'names of the nodes, separated by commas', names)
    .option('--count <number>', 'number of web nodes', count)
    .option('--all', 'all web nodes')
    .option('--verbose', 'print the output of the nodes')
    .action((name: string, options: ScaleOptions) =>
      onTarget(options, {
        file: (opened, chosen) => scale(name, chosen, opened),
        dashboard: (dashboard) => scaleRemote(dashboard, name, placesOf(options)),
      }),
    )
}

async function scale(name: string, options: ScaleOptions & AppOptions, opened: Opened): Promise<void> {
  appOf(opened, name)
  const { releases, values, spec } = opened
  const { app, text } = plannedPlaces(options.cluster, name, placesOf(options))
  const wanted = appNodes(spec, app).map((node) => node.name)
  const serving = (await readApps(opened)).apps[name]?.serving
  const write = () => (text === null ? undefined : writeClusterFile(options.cluster, text))
  if (!serving || (serving.nodes.length === wanted.length && wanted.every((node) => serving.nodes.includes(node)))) {
    write()
    const words = serving
      ? `${name} runs on ${wanted.join(', ')} already.`
      : `${name} will run on ${wanted.join(', ')}.`
    return options.json ? printJson({ nodes: wanted, changed: false }) : print(words)
  }
  const environment = values.kept(name, serving.environment)
  if (!environment)
    throw new Trouble(
      'app-environment-missing',
      'The environment of the live release is not stored here.',
      'Deploy the app.',
    )
  const outcome = await scaleApp({
    ...opened,
    ...{ app, environment },
    archive: await releases.archiveOf(serving.release),
    ...(app.database ? { databasePassword: values.databasePassword(name) } : {}),
    keep: await releases.keep(name),
  })
  if (outcome.status === 'succeeded' || outcome.status === 'partial') write()
  printOutcome(outcome, options)
}

function placesOf({ nodes, count: number, all }: ScaleOptions): AppPlaces {
  const given = [nodes, number, all].filter((one) => one !== undefined).length
  if (given !== 1) throw new Trouble('app-options', 'Nothing was changed.', 'Give one of --nodes, --count and --all.')
  if (nodes) return { nodes }
  return number === undefined ? 'all' : { count: number }
}

function names(text: string): string[] {
  const found = text.split(',').map((name) => name.trim())
  if (found.every((name) => name !== '')) return found
  throw new InvalidArgumentError('It must be names of nodes, separated by commas.')
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= 32) return value
  throw new InvalidArgumentError('It must be a number from 1 to 32. To stop an app, use "app stop".')
}
