/** Figures as a table of Markdown. */

/** The value that `share` of them do not pass. */
function part(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Median and 95th percentile. */
export function shares(values: readonly number[], unit: string): string[] {
  return [0.5, 0.95].map((share) => `${part(values, share).toFixed(0)} ${unit}`)
}

export function print(what: string, columns: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const head = [what, ...columns]
  process.stdout.write(`\n${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`)
}
