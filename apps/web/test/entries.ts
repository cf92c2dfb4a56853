/** Every page, route handler and server action, read from the disk as the compiler sees them, and who may call each. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const source = fileURLToPath(new URL('../src', import.meta.url))

export interface Source {
  /** Below `src`. */
  file: string
  text: string
}

export interface Entry {
  file: string
  name: string
  isDefault: boolean
  text: string
  /** First statement of the body; empty when it is no plain function with one. */
  first: string
}

export const sources: Source[] = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
  .sort()
  .map((file) => ({ file, text: readFileSync(path.join(source, file), 'utf8') }))

/** Exported functions; anything else that is exported has an empty first statement. */
export function exported({ file, text }: Source): Entry[] {
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

const named = (name: string) => new RegExp(`^app/(?:.*/)?${name}\\.tsx?$`)

export const pageFiles = sources.filter(({ file }) => named('page').test(file))
export const routeFiles = sources.filter(({ file }) => named('route').test(file))
export const actionFiles = sources.filter(({ text }) => /^['"]use server['"]/.test(text.trimStart()))

export const pages = pageFiles.flatMap((file) => exported(file).filter(({ isDefault }) => isDefault))
/** One for each method. */
export const handlers = routeFiles.flatMap((file) => exported(file).filter(({ name }) => /^[A-Z]+$/.test(name)))
export const actions = actionFiles.flatMap(exported)

/** The address of a page or route file, with its parameters in brackets. Groups in parentheses are no part of it. */
export function addressOf(file: string): string {
  const folders = path.posix.dirname(file).split('/').slice(1)
  return `/${folders.filter((folder) => !/^\(.*\)$/.test(folder)).join('/')}`
}

export const isStream = ({ text }: Entry): boolean => /\beventStream\(/.test(text)

const declaration = /^(?:const who = |if \()?\(?await access\.require(Proof)?\('(\w+)'(, request)?\)/

/** What the entry says first; null when it does not say who may call it. */
export function declared({ first }: Entry): { audience: string; withRequest: boolean; withProof: boolean } | null {
  const found = declaration.exec(first)
  if (!found) return null
  return { audience: found[2] ?? '', withRequest: found[3] !== undefined, withProof: found[1] !== undefined }
}
