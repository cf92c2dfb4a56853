/** How the commands about apps print, whichever cluster they are for. */
import { printable, type RunOutcome } from '@bramble/cluster'

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

export function print(text: string): void {
  process.stdout.write(`${printable(text)}\n`)
}

/** How a run ended, and the exit code that says so. */
export function printOutcome(outcome: RunOutcome, options: { json?: boolean }): void {
  if (options.json) printJson({ outcome })
  else print(`${outcome.message}\n${outcome.seconds.toFixed(1)} s`)
  if (outcome.status !== 'succeeded') process.exitCode = outcome.status === 'partial' ? 0 : 1
}

/** Columns side by side. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export const stateWords = (availability: string, ready: number, nodes: number): string =>
  availability === 'stopped'
    ? 'stopped'
    : `${ready} of ${nodes} nodes ready${availability === 'maintenance' ? ', maintenance page' : ''}`
