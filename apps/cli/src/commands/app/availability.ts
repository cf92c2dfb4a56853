/** `./bramble app stop`, `start` and `maintenance`: whether an app runs, and what its visitors get. */
import { type AvailabilityInput, setAvailability } from '@bramble/provision'
import { Command, InvalidArgumentError } from 'commander'
import { confirm } from '../confirm.ts'
import { carryOut } from './dashboard/index.ts'
import { appOf } from './open.ts'
import { printOutcome } from './output.ts'
import { onTarget, type TargetOptions, withTarget } from './target.ts'

const command = (name: string, description: string): Command =>
  withTarget(new Command(name))
    .description(description)
    .argument('<name>', 'name of the app')
    .option('--verbose', 'print the output of the nodes')

const kinds = { running: 'start', stopped: 'stop', maintenance: 'maintenance' } as const

const change = (name: string, to: AvailabilityInput['to'], options: TargetOptions) =>
  onTarget(options, {
    async file(opened) {
      printOutcome(await setAvailability({ ...opened, app: appOf(opened, name), to }), options)
    },
    async dashboard(dashboard) {
      await carryOut(dashboard, { app: name, body: { kind: kinds[to] } })
    },
  })

export function stopCommand(): Command {
  return command('stop', 'stop an app on all nodes until "app start"; its domains show a maintenance page')
    .option('--yes', 'do not ask for confirmation; without it you have to type the name of the app')
    .action(async (name: string, options: TargetOptions & { yes?: boolean }) => {
      if (!options.yes) await confirm(name, `${name} stops on all nodes. Its domains show a maintenance page.`)
      await change(name, 'stopped', options)
    })
}

export function startCommand(): Command {
  return command('start', 'start a stopped app; the maintenance page is removed when it responds').action(
    (name: string, options: TargetOptions) => change(name, 'running', options),
  )
}

export function maintenanceCommand(): Command {
  return command('maintenance', 'show a maintenance page at the domains of an app, which keeps running')
    .argument('<switch>', 'on or off', onOrOff)
    .action((name: string, isOn: boolean, options: TargetOptions) =>
      change(name, isOn ? 'maintenance' : 'running', options),
    )
}

function onOrOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on'
  throw new InvalidArgumentError('It must be on or off.')
}
