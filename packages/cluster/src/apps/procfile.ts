/** Procfile: one process a line, `web: node server.js`. */
import { ProcessName } from './names.ts'
import { AppCommand } from './spec.ts'

/** What is wrong with a line of a text file, 1-based. */
export interface LineProblem {
  line: number
  message: string
}

export interface Procfile {
  /** Command by name, byte for byte as it is written. */
  processes: Record<string, string>
  /** The command of the line `release:`. */
  release: string | null
}

/** Blank lines and lines that begin with `#` say nothing. All problems at once, or the file. */
export function parseProcfile(text: string): { procfile: Procfile } | { problems: LineProblem[] } {
  const problems: LineProblem[] = []
  const commands = new Map<string, string>()
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((content, index) => {
      if (/^\s*(#|$)/.test(content)) return
      const line = index + 1
      const [, name, rest] = /^([^\s:]+)[ \t]*:(.*)$/.exec(content) ?? []
      const command = rest?.trim()
      const wrong =
        name === undefined || command === undefined
          ? 'must be a name, a colon and a command, such as "web: node server.js"'
          : commands.has(name)
            ? `names the process ${name} a second time`
            : (ProcessName.safeParse(name).error?.issues[0]?.message ??
              AppCommand.safeParse(command).error?.issues.map(() => 'has no command, or one that is too long')[0])
      if (wrong !== undefined) problems.push({ line, message: wrong })
      else commands.set(name!, command!)
    })
  if (problems.length > 0) return { problems }
  const release = commands.get('release') ?? null
  commands.delete('release')
  return { procfile: { processes: Object.fromEntries(commands), release } }
}
