/** Scheduled commands as people type them: `name | schedule | command`, one a line. */

interface TypedJob {
  name: string
  schedule: string
  command: string
}

/** Empty lines are left out; a command can contain `|`. `badLine` counts from 1. */
export function parseCronLines(text: string): { jobs: TypedJob[] } | { badLine: number } {
  const jobs: TypedJob[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const [name = '', schedule = '', ...rest] = line.split('|')
    const job = { name: name.trim(), schedule: schedule.trim(), command: rest.join('|').trim() }
    if (Object.values(job).includes('')) return { badLine: index + 1 }
    jobs.push(job)
  }
  return { jobs }
}
