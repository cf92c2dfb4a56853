/** ARCHITECTURE.md names every folder of the floor plan, and no other. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../supervisor/checkout.ts'

/** Folders right below `place`, without dependencies, generated code and hidden ones. */
const foldersBelow = (place: string): string[] =>
  readdirSync(path.join(root, place), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|generated$)/.test(entry.name))
    .map((entry) => `${place}/${entry.name}`)

const parts = [...foldersBelow('apps'), ...foldersBelow('packages')]
const folders = [
  ...parts,
  ...parts.flatMap((part) => foldersBelow(`${part}/src`)),
  ...['lab', ...foldersBelow('lab'), ...foldersBelow('lab/src')],
]

const listed = [
  ...readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm),
].map(([, folder, contents]) => ({ folder: folder as string, contents: contents as string }))

test('every folder has its line in ARCHITECTURE.md', () => {
  expect(folders.length).toBeGreaterThan(40)
  expect(folders.filter((folder) => !listed.some((line) => line.folder === folder))).toEqual([])
})

test('every line names a folder that exists, once', () => {
  expect(listed.filter(({ folder }) => !existsSync(path.join(root, folder))).map(({ folder }) => folder)).toEqual([])
  const names = listed.map(({ folder }) => folder)
  expect(names).toEqual([...new Set(names)])
})
