/** Links between pages of the documentation, and the files of the repository that they name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../supervisor/checkout.ts'

const below = (folder: string) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
const pages = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'samples/README.md'],
  ...below('docs'),
  ...below('docs/decisions'),
]

/** A page without its code blocks, where `#` and brackets mean something else. */
const prose = (page: string) => readFileSync(path.join(root, page), 'utf8').replace(/^```.*?^```/gms, '')

/** As GitHub makes anchors: lower case, hyphens for spaces, letters, digits, `-` and `_` kept. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\-_ ]/gu, '')
    .replaceAll(' ', '-')

const anchors = (page: string) => [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, text]) => anchorOf(text as string))

/** What a page links to that is not there. */
function brokenLinks(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link as string)
    .filter((link) => {
      if (/^https?:/.test(link)) return false
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? page : path.join(path.dirname(page), file)
      if (!existsSync(path.join(root, target))) return true
      return anchor !== undefined && !anchors(target).includes(anchor)
    })
}

describe.each(pages)('%s', (page) => {
  test('links to pages and headings that exist', () => {
    expect(brokenLinks(page)).toEqual([])
  })

  test('names files of the repository that exist', () => {
    const named = [...prose(page).matchAll(/`((?:apps|packages|lab|docs)\/[\w./-]+)`/g)].map(
      ([, file]) => file as string,
    )
    // `up` writes the cluster file of the lab.
    const missing = named.filter((file) => file !== 'lab/cluster.yaml' && !existsSync(path.join(root, file)))
    expect(missing).toEqual([])
  })
})

test('anchors are those of GitHub', () => {
  expect(anchorOf('What is kept, and for how long')).toBe('what-is-kept-and-for-how-long')
  expect(anchorOf('`backup`')).toBe('backup')
  expect(anchors('docs/backups.md')).toContain('brambles-own-backup')
})
