/** The words of the texts that people read: `denied-words.ts` says which are not used, and what is written instead. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../supervisor/checkout.ts'
import { wordingFindings } from './findings.ts'

/** Folders and files whose texts are clean. They only grow. */
const clean = [
  ...['apps/cli', 'apps/web/src', 'apps/worker/src', 'lab'],
  ...['packages/cluster/src', 'packages/db/src', 'packages/process/src', 'packages/provision/src'],
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs', 'samples/README.md'],
]

/** Sources and pages below `place`; tests, generated code and dependencies are left out. */
async function filesBelow(place: string): Promise<string[]> {
  if (path.extname(place) !== '') return [place]
  const entries = await readdir(path.join(root, place), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => /\.(tsx?|md)$/.test(file) && !/\.test\.|(^|\/)(node_modules|generated|wording|test)\//.test(file))
}

describe('a denied word is found', () => {
  const found = (name: string, source: string) => wordingFindings(name, source)

  test('with its file, its line, the word and the better one', () => {
    expect(found('apps/web/src/format/en.ts', "export const en = {\n  text: 'Choose it anew.',\n}\n")).toEqual([
      'apps/web/src/format/en.ts:2: “anew” in “Choose it anew.”: write again, new.',
    ])
  })

  test.each([
    ['a template', 'x.ts', `const x = (n: string) => \`\${n} does not answer\``],
    ['text between tags', 'x.tsx', 'const x = <p>The colour of it</p>'],
    ['a button', 'copy.ts', "const keep = 'Leave it'"],
    ['a page', 'x.md', 'The voters agree.'],
  ])('in %s', (_, name, source) => {
    expect(found(name, source)).toHaveLength(1)
  })

  test.each([
    ['a comment', 'x.ts', '// what lies here\nconst x = 1'],
    ['an identifier', 'x.ts', "const status = 'cancelled'"],
    ['a code block', 'x.md', '```\netcdctl voters\n```\nand `voters`'],
    ['a text that allows it', 'x.ts', "// wording: allow voter\nconst x = 'This voter is allowed.'"],
    ['a page that allows it', 'x.md', '<!-- wording: allow whole -->\nA whole year.'],
  ])('but not in %s', (_, name, source) => {
    expect(found(name, source)).toEqual([])
  })
})

test.each(clean)('no text of %s uses a denied word', async (place) => {
  const files = await filesBelow(place)
  expect(files).not.toEqual([])
  const findings = await Promise.all(
    files.map(async (file) => wordingFindings(file, await readFile(path.join(root, file), 'utf8'))),
  )
  expect(findings.flat()).toEqual([])
})
