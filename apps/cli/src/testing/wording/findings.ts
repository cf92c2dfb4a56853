/** Finds denied words in the texts of a file. Pure. */
import { deniedLabels, deniedWords } from './denied-words.ts'
import { textsOfMarkdown, textsOfSource } from './texts.ts'

/** On the line of the text, or alone on the line before it: `wording: allow voter`. */
const allowance = /wording: allow (.+?)\s*(?:\*\/|-->)?$/i

/** `docs/lab.md:12: “anew” in “Choose it anew.”: write again, new.` */
export function wordingFindings(name: string, source: string): string[] {
  const lines = source.split('\n')
  const allowed = (line: number, found: string) =>
    [line - 1, line - 2].some((at) =>
      allowance
        .exec(lines[at] ?? '')?.[1]
        ?.trim()
        .toLowerCase()
        .split(/,\s*/)
        .includes(found.toLowerCase()),
    )
  const texts = name.endsWith('.md') ? textsOfMarkdown(source) : textsOfSource(name, source, /copy/.test(name))
  return texts.flatMap(({ line, text }) =>
    [...deniedWords, ...deniedLabels].flatMap(({ pattern, better }) =>
      [...text.trim().matchAll(pattern)]
        .map(([found]) => found)
        .filter((found) => !allowed(line, found))
        .map((found) => `${name}:${line}: “${found}” in “${excerpt(text.trim(), found)}”: write ${better}.`),
    ),
  )
}

function excerpt(text: string, found: string): string {
  const at = text.indexOf(found)
  return `${at > 40 ? '…' : ''}${text.slice(Math.max(0, at - 40), at + found.length + 40)}`
}
