import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { owners, owns } from '../../scenarios/pictures.ts'
import { root } from '../supervisor/checkout.ts'

const scenarios = path.join(root, 'apps/cli/scenarios')
const read = (file: string) => readFileSync(file, 'utf8')
const all: string[] = Object.values(owners).flat()
/** Names that are written out where a picture is taken. */
const taken = (file: string) =>
  [...read(file).matchAll(/\bpicture\(\w+, '([\w-]+)'\)/g)].map(([, name]) => name as string)

test('each picture has one owner', () => {
  expect(all).toEqual([...new Set(all)])
  expect(owns('/any/journey-flash.test.ts', 'flash')).toBe(true)
  expect(owns('/any/journey-watch.test.ts', 'flash')).toBe(false)
  expect(owns(undefined, 'flash')).toBe(false)
})

test.each(Object.entries(owners))('%s names the pictures that it owns, and takes no others', (file, names) => {
  const own = read(path.join(scenarios, file))
  const shared = taken(path.join(scenarios, 'dashboard.ts'))
  for (const name of names) expect(own.includes(`'${name}'`) || shared.includes(name), name).toBe(true)
  for (const name of taken(path.join(scenarios, file))) expect(names).toContain(name)
})

test('every picture that a page of the docs shows is taken by a test and kept in light and dark', () => {
  const docs = path.join(root, 'docs')
  const pages = [path.join(root, 'README.md'), ...readdirSync(docs).map((name) => path.join(docs, name))]
  const shown = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) => [...read(page).matchAll(/pictures\/([\w-]+)-(?:light|dark)\.png/g)].map(([, name]) => name))
  expect(shown.length).toBeGreaterThan(10)
  expect(shown.filter((name) => !all.includes(name as string))).toEqual([])
  const kept = readdirSync(path.join(docs, 'pictures'))
  expect(kept.map((file) => file.replace(/-(light|dark)\.png$/, '')).filter((name) => !all.includes(name))).toEqual([])
  for (const name of all)
    for (const theme of ['light', 'dark'])
      expect(existsSync(path.join(docs, `pictures/${name}-${theme}.png`)), `${name}-${theme}`).toBe(true)
})
