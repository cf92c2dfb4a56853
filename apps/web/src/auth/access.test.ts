/** Reads every page, route handler and server action from the disk: one that does not say who may call it fails here. */
import { describe, expect, it } from 'vitest'
import { accessTable } from '../../test/access-table.ts'
import {
  actionFiles,
  actions,
  declared,
  exported,
  handlers,
  pageFiles,
  pages,
  routeFiles,
  sources,
} from '../../test/entries.ts'
import { audiences, machines, reaches } from './access.ts'

const titled = (entry: { name: string; file: string }) => `${entry.name} ${entry.file}`

describe('every entry says who may call it', () => {
  it('misses no page, route or action', () => {
    const ends = (...names: string[]) =>
      sources.filter(({ file }) => file.startsWith('app/') && names.includes(file.split('/').at(-1) ?? ''))
    expect(pageFiles).toEqual(ends('page.tsx', 'page.ts'))
    expect(routeFiles).toEqual(ends('route.ts', 'route.tsx'))
    expect(actionFiles).toEqual(sources.filter(({ text }) => text.includes("'use server'")))
    for (const found of [pageFiles, routeFiles, actionFiles]) expect(found.length).toBeGreaterThan(15)
  })

  it.each(pageFiles.map(({ file }) => file))('%s', (file) => {
    const entry = pages.find((page) => page.file === file)
    expect(entry, 'the page is an exported default function').toBeDefined()
    expect(audiences).toContain(declared(entry!)?.audience)
  })

  it.each(handlers.map((entry) => [titled(entry), entry] as const))('%s', (_, entry) => {
    expect([...audiences, ...machines]).toContain(declared(entry)?.audience)
    expect(declared(entry)?.withRequest, 'access.require gets the request, so that Origin and token count').toBe(true)
    expect(entry.text).toMatch(/if \(who instanceof Response\) return who/)
    expect(entry.text, 'the audit names the token: by is who.by').not.toMatch(/\bby: (?!who\.by)/)
  })

  it.each(routeFiles.map((route) => [route.file, route] as const))('%s hides no handler', (_, route) => {
    for (const entry of exported(route)) {
      const plain = handlers.some(({ file, name, first }) => file === entry.file && name === entry.name && first)
      const option = ['dynamic', 'runtime', 'maxDuration', 'revalidate'].includes(entry.name)
      expect([entry.name, plain || option]).toEqual([entry.name, true])
    }
  })

  it.each(actions.map((entry) => [titled(entry), entry] as const))('%s', (_, entry) => {
    expect(audiences).toContain(declared(entry)?.audience)
  })

  // Of set-up and reset the verb itself writes; going back to the first step of sign-in changes nothing.
  const traceless = ['setUp', 'resetPassword', 'startOver']
  it.each(actions.map((entry) => [entry.name, entry] as const))('%s leaves a trace in the audit', (name, entry) => {
    expect(traceless.includes(name) || /\bby: who\.(?:by|email)\b|\brecordAudit\(/.test(entry.text)).toBe(true)
  })

  it('no action hides inside a component, and none is handed on from elsewhere', () => {
    for (const { file, text } of sources) {
      const marks = [...text.matchAll(/^\s*['"]use server['"]/gm)]
      if (marks.length === 0) continue
      expect([file, marks.length]).toEqual([file, 1])
      expect([file, text.trimStart().startsWith("'use server'")]).toEqual([file, true])
    }
  })

  it('no page or GET handler changes anything in passing', () => {
    const changing = /\b(create|request|update|remove|set|pin|retry|redeem)[A-Z]\w*\(/
    for (const entry of handlers.filter(({ name }) => name === 'GET')) {
      const found = changing.exec(entry.text.replace(/setTimeout\(|setInterval\(/g, ''))
      expect([entry.file, found?.[0] ?? null]).toEqual([entry.file, null])
    }
  })

  it('docs/access.md is what the sources say', async () => {
    await expect(accessTable()).toMatchFileSnapshot('../../../../docs/access.md')
  })
})

describe('who reaches what', () => {
  it.each([
    [null, [true, false, false, false]],
    ['viewer', [true, true, false, false]],
    ['operator', [true, true, true, false]],
    ['admin', [true, true, true, true]],
  ] as const)('%s', (role, expected) => {
    expect(audiences.map((audience) => reaches(role, audience))).toEqual(expected)
  })
})
