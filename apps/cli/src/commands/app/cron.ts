/** Scheduled commands in `app show`: when, and how they ran last. */
import type { AppCronRun } from '@bramble/cluster'
import { table } from './output.ts'

/** With an empty line at the end; none where there are no scheduled commands. */
export function cronLines(jobs: readonly { name: string; schedule: string; runs: readonly AppCronRun[] }[]): string[] {
  if (jobs.length === 0) return []
  const rows = jobs.map(({ name, schedule, runs: [last] }) => [
    name,
    schedule,
    last ? runWords(last) : 'has not run yet',
  ])
  const failed = jobs.flatMap(({ name, runs: [last] }) =>
    last && !['running', 'succeeded'].includes(last.state) && last.lines
      ? [`Last lines of ${name}:`, ...last.lines.split('\n').map((line) => `  ${line}`)]
      : [],
  )
  return ['Scheduled commands:', table(rows), ...failed, '']
}

function runWords({ at, node, state, started, ended, code }: AppCronRun): string {
  const seconds = ended ? ` after ${Math.round((Date.parse(ended) - Date.parse(started)) / 1000)} s` : ''
  const exit = state === 'failed' ? ` with ${code}` : ''
  return `${at}  ${node}  ${state}${exit}${seconds}`
}
