/** Reads every page, route handler and server action from the disk: one that does not say who may call it fails here. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { audiences, reaches } from './access.ts'

const source = fileURLToPath(new URL('..', import.meta.url))

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
  .map((file) => ({ file, text: readFileSync(path.join(source, file), 'utf8') }))

interface Entry {
  file: string
  name: string
  isDefault: boolean
  text: string
  /** First statement of the body; empty when it is no plain function with one. */
  first: string
}

/** Exported functions as the compiler sees them; anything else that is exported has an empty first statement. */
function exported({ file, text }: { file: string; text: string }): Entry[] {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const marked = (node: ts.Node, kind: ts.SyntaxKind) =>
    ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind)
  return tree.statements.flatMap((node): Entry[] => {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return []
    const handedOn = ts.isExportDeclaration(node) && !node.isTypeOnly
    if (!handedOn && !ts.isExportAssignment(node) && !marked(node, ts.SyntaxKind.ExportKeyword)) return []
    const isDefault = ts.isExportAssignment(node) || marked(node, ts.SyntaxKind.DefaultKeyword)
    const entry = (name: string, first: string): Entry => ({ file, name, isDefault, text: node.getText(), first })
    if (ts.isFunctionDeclaration(node))
      return [entry(node.name?.text ?? 'default', node.body?.statements[0]?.getText() ?? '')]
    if (ts.isVariableStatement(node))
      return node.declarationList.declarations.map((declared) => entry(declared.name.getText(), ''))
    return [entry(node.getText(), '')]
  })
}

const pages = files.filter(({ file }) => /^app\/(?:.*\/)?page\.tsx?$/.test(file))
const routes = files.filter(({ file }) => /^app\/(?:.*\/)?route\.tsx?$/.test(file))
const actions = files.filter(({ text }) => /^['"]use server['"]/.test(text.trimStart()))
const declaration = new RegExp(
  `^(?:const who = |if \\()?\\(?await access\\.require\\('(${audiences.join('|')})'(, request)?\\)`,
)

describe('every entry says who may call it', () => {
  it('there are pages, routes and actions at all', () => {
    expect(pages.length).toBeGreaterThanOrEqual(6)
    expect(routes.length).toBeGreaterThanOrEqual(1)
    expect(actions.length).toBeGreaterThanOrEqual(4)
  })

  it.each(pages.map((page) => [page.file, page] as const))('%s', (_, page) => {
    const entry = exported(page).find((candidate) => candidate.isDefault)
    expect(entry, 'the page is an exported default function').toBeDefined()
    expect(entry!.first).toMatch(declaration)
  })

  const verbs = routes.flatMap((route) => exported(route).filter((entry) => /^[A-Z]+$/.test(entry.name)))
  it.each(verbs.map((entry) => [`${entry.name} ${entry.file}`, entry] as const))('%s', (_, entry) => {
    const [, , request] = declaration.exec(entry.first) ?? []
    expect(request, 'access.require gets the request, so that Origin is checked by method').toBe(', request')
    expect(entry.text).toMatch(/if \(who instanceof Response\) return who/)
    expect(entry.text, 'the audit names the token: by is who.by').not.toMatch(/\bby: (?!who\.by)/)
  })
  it.each(routes.map((route) => [route.file, route] as const))('%s hides no handler', (_, route) => {
    for (const entry of exported(route)) {
      const plain = verbs.some((verb) => verb.file === entry.file && verb.name === entry.name && verb.first)
      const option = ['dynamic', 'runtime', 'maxDuration', 'revalidate'].includes(entry.name)
      expect([entry.name, plain || option]).toEqual([entry.name, true])
    }
  })

  const calls = actions.flatMap(exported)
  it.each(calls.map((entry) => [`${entry.name} ${entry.file}`, entry] as const))('%s', (_, entry) => {
    expect(entry.first).toMatch(declaration)
  })

  it('no action hides inside a component, and none is handed on from elsewhere', () => {
    for (const { file, text } of files) {
      const marks = [...text.matchAll(/^\s*['"]use server['"]/gm)]
      if (marks.length === 0) continue
      expect([file, marks.length]).toEqual([file, 1])
      expect([file, text.trimStart().startsWith("'use server'")]).toEqual([file, true])
    }
  })

  it('no page or GET handler changes anything in passing', () => {
    const changing = /\b(create|request|update|remove|set|pin|retry|redeem)[A-Z]\w*\(/
    for (const entry of verbs.filter((candidate) => candidate.name === 'GET')) {
      const found = changing.exec(entry.text.replace(/setTimeout\(|setInterval\(/g, ''))
      expect([entry.file, found?.[0] ?? null]).toEqual([entry.file, null])
    }
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
