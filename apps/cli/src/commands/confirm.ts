/** A person types a name before something is changed or lost. */
import { createInterface } from 'node:readline/promises'
import { Trouble } from '@bramble/provision'

/** Trouble `not-confirmed` when nobody is there or something else was typed. `warning`: what will be lost. */
export async function confirm(name: string, warning?: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Trouble(
      'not-confirmed',
      `${warning ? `${warning} ` : ''}There is no terminal to confirm on.`,
      'Use --yes to continue without confirmation.',
    )
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  if (warning) process.stdout.write(`${warning}\n`)
  const typed = await terminal.question(`Type ${name} to do this: `)
  terminal.close()
  if (typed.trim() !== name)
    throw new Trouble('not-confirmed', 'Not confirmed: nothing was changed.', 'Run the command again.')
}
