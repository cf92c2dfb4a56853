/** `./bramble app …`: the user's own projects. */
import { Command } from 'commander'
import { maintenanceCommand, startCommand, stopCommand } from './availability.ts'
import { deployCommand } from './deploy.ts'
import { environmentCommand } from './environment.ts'
import { inspectCommand } from './inspect.ts'
import { logsCommand } from './logs.ts'
import { removeCommand } from './remove.ts'
import { restartCommand, rollbackCommand } from './rollback.ts'
import { runCommand } from './run.ts'
import { scaleCommand } from './scale.ts'
import { listCommand, showCommand } from './show.ts'
import { syncCommand } from './sync.ts'

export function appCommand(): Command {
  const app = new Command('app').description('deploy and manage your own projects')
  for (const command of [
    deployCommand(),
    inspectCommand(),
    listCommand(),
    showCommand(),
    logsCommand(),
    rollbackCommand(),
    restartCommand(),
    scaleCommand(),
    stopCommand(),
    startCommand(),
    maintenanceCommand(),
    environmentCommand(),
    runCommand(),
    syncCommand(),
    removeCommand(),
  ])
    app.addCommand(command)
  return app
}
