/** The list of commands, in the order in which people meet them. */
import { Command } from 'commander'

const commands: Record<string, () => Promise<Command>> = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  lab: async () => (await import('./commands/lab.ts')).labCommand(),
  cards: async () => (await import('./commands/cards.ts')).cardsCommand(),
  flash: async () => (await import('./commands/flash.ts')).flashCommand(),
  plan: async () => (await import('./commands/plan.ts')).planCommand(),
  apply: async () => (await import('./commands/apply.ts')).applyCommand(),
  app: async () => (await import('./commands/app/index.ts')).appCommand(),
  station: async () => (await import('./commands/station.ts')).stationCommand(),
  backup: async () => (await import('./commands/backup.ts')).backupCommand(),
  restore: async () => (await import('./commands/backup.ts')).restoreCommand(),
  'secret-key': async () => (await import('./commands/secret-key.ts')).secretKeyCommand(),
  admin: async () => (await import('./commands/admin.ts')).adminCommand(),
  prepare: async () => (await import('./commands/prepare.ts')).prepareCommand(),
  test: async () => (await import('./testing/command.ts')).testCommand(),
}

/** The program with the one command that was called, so that it starts fast; with all of them when none is known. */
export async function buildProgram(called: string | undefined): Promise<Command> {
  const program = new Command('bramble')
    .description('Turns a stack of Raspberry Pis into a high-availability web server and manages it.')
    .usage('COMMAND [options]')
    .helpOption('-h, --help', 'show help for a command')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ helpWidth: 110, subcommandTerm: (command) => command.name() })
  const wanted = called !== undefined && Object.hasOwn(commands, called) ? [called] : Object.keys(commands)
  for (const name of wanted) program.addCommand(await commands[name]!())
  return program
}
