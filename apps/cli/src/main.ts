/** The command line of Bramble. `../../../bramble` finds Node, installs the packages and runs this. */
import { printable } from '@bramble/cluster'
import { buildProgram } from './program.ts'

const program = await buildProgram(process.argv[2])
try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`bramble: ${printable(words(error))}\n`)
  process.exitCode = 1
}

/** Errors are sentences with the cure; only BRAMBLE_DEBUG wants the stack. */
function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (process.env.BRAMBLE_DEBUG) return error.stack ?? error.message
  return 'cure' in error && typeof error.cure === 'string' ? `${error.message} ${error.cure}` : error.message
}
