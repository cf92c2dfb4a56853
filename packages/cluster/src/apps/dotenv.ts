/**
 * Environment files as people keep them (`.env`), read as a shell would, but that nothing is replaced: `$HOME` stays `$HOME`.
 * Other readers drop what they do not understand; here a wrong line is a problem with its number.
 */
import { VariableName, VariableValue } from './names.ts'
import type { LineProblem } from './procfile.ts'

/** In double quotes; any other backslash stays as it is. */
const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$', '`': '`' }

/** Values byte for byte; quoted ones may go over several lines. Of a name that comes twice, the last one counts. */
export function parseDotenv(text: string): { environment: Record<string, string> } | { problems: LineProblem[] } {
  const problems: LineProblem[] = []
  const environment = new Map<string, string>()
  const source = text.replace(/^\ufeff/, '')
  let line = 1
  let next = 1
  for (let at = 0; at < source.length; line = next) {
    const step = (length: number) => {
      next = line + source.slice(at, at + length).split('\n').length - 1
      at += length
    }
    const blank = /^[ \t]*(#[^\n]*)?\r?(\n|$)/.exec(source.slice(at))
    if (blank) {
      step(blank[0].length || 1)
      continue
    }
    const read = assignment(source.slice(at))
    step(read.length)
    const wrong =
      'problem' in read
        ? read.problem
        : (VariableName.safeParse(read.name).error?.issues[0]?.message ??
          VariableValue.safeParse(read.value).error?.issues[0]?.message)
    if (wrong !== undefined) problems.push({ line, message: 'name' in read ? `${read.name} ${wrong}` : wrong })
    else if ('name' in read) environment.set(read.name, read.value)
  }
  return problems.length > 0 ? { problems } : { environment: Object.fromEntries(environment) }
}

type Assignment = { length: number } & ({ name: string; value: string } | { problem: string })

function assignment(rest: string): Assignment {
  const endOfLine = rest.indexOf('\n') < 0 ? rest.length : rest.indexOf('\n') + 1
  const head = /^[ \t]*(?:export[ \t]+)?([^\s=#]+)[ \t]*=[ \t]*/.exec(rest.slice(0, endOfLine))
  if (!head) return { length: endOfLine, problem: 'must be NAME=value' }
  const name = head[1]!
  const value = rest.slice(head[0].length)
  const quoted = /^(?:"([^"\\]*(?:\\[\s\S][^"\\]*)*)"|'([^']*)')[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/.exec(value)
  if (quoted) {
    const [all, double, single] = quoted
    const text = single ?? double!.replace(/\\([\s\S])/g, (pair, letter: string) => escapes[letter] ?? pair)
    return { length: head[0].length + all.length, name, value: text }
  }
  if (/^["']/.test(value))
    return { length: endOfLine, problem: `${name} has a quote that does not end, or text after it` }
  return { length: endOfLine, name, value: plainValue(value.slice(0, endOfLine - head[0].length)) }
}

/** Without a comment, which begins with a `#` after a blank, and without blanks at the end. */
function plainValue(line: string): string {
  const comment = line.startsWith('#') ? 0 : [' #', '\t#'].map((mark) => line.indexOf(mark)).filter((at) => at >= 0)
  let end = comment === 0 ? 0 : Math.min(line.length, ...comment)
  while (end > 0 && ' \t\r\n'.includes(line[end - 1]!)) end -= 1
  return line.slice(0, end)
}

/** A file that `parseDotenv` reads back to the same values. */
export function formatDotenv(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => {
      if (/^[A-Za-z0-9_./:@%+,-]*$/.test(value)) return `${name}=${value}\n`
      const text = value.replace(/["\\$`]/g, '\\$&').replace(/\r/g, '\\r')
      return `${name}="${text}"\n`
    })
    .join('')
}
