/** YAML that people write: text in, a checked value out, or findings with the line each of them is about. */
import { isMap, isNode, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml'
import type { z } from 'zod'

/** What is wrong with a file, and where. */
export interface FileFinding {
  level: 'error'
  /** Stable name: `yaml`, `unknown-key`, `invalid`. */
  code: string
  /** The field it is about: `nodes.2.address`. */
  path: string
  message: string
  cure: string
  /** 1-based. */
  line: number
}

export type CheckedYaml<T> =
  | { value: T; findings: []; lineOf: (path: string) => number }
  | { value: null; findings: FileFinding[] }

/** `page`: the documentation that cures name. Unknown keys and wrong values are findings, and so are aliases. */
export function checkYaml<T>(text: string, schema: z.ZodType<T>, page: string): CheckedYaml<T> {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true })
  const lineAt = (offset: number | undefined) => (offset === undefined ? 1 : counter.linePos(offset).line)
  const broken = document.errors.map((error) =>
    finding(
      'yaml',
      '',
      `This is not valid YAML: ${error.message}`,
      'Correct the line and try again.',
      lineAt(error.pos[0]),
    ),
  )
  if (broken.length > 0) return { value: null, findings: broken }

  const value = plain(document)
  if (value === undefined)
    return {
      value: null,
      findings: [finding('yaml', '', 'Aliases (*name) are not supported here.', 'Write the value out.', 1)],
    }
  const parsed = schema.safeParse(value ?? {})
  if (!parsed.success) {
    const findings = parsed.error.issues.flatMap((issue) => {
      const path = issue.path.map(String)
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) =>
          finding(
            'unknown-key',
            [...path, key].join('.'),
            `Unknown key "${key}".`,
            `Remove it, or correct its spelling: see ${page}.`,
            keyLine(document.contents, path, key, lineAt),
          ),
        )
      const shown = path.length > 0 ? path.join('.') : 'the file'
      return [
        finding(
          'invalid',
          path.join('.'),
          `${shown}: ${issue.message}`,
          `Correct the value: see ${page}.`,
          lineOf(document.contents, path, lineAt),
        ),
      ]
    })
    return { value: null, findings }
  }
  const lineAtPath = (path: string) => lineOf(document.contents, path.split('.'), lineAt)
  return { value: parsed.data, findings: [], lineOf: lineAtPath }
}

/** The document as plain data; undefined when it uses aliases, whose expansion could be endless. */
function plain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

function finding(code: string, path: string, message: string, cure: string, line: number): FileFinding {
  return { level: 'error', code, path, message, cure, line }
}

type LineAt = (offset: number | undefined) => number

/** Line of the deepest part of `path` that stands in the file. */
function lineOf(root: ParsedNode | Node | null, path: string[], lineAt: LineAt): number {
  let node: unknown = root
  let line = lineAt(isNode(root) ? root.range?.[0] : undefined)
  for (const part of path) {
    const inMap = isMap(node)
    if (inMap) line = keyLine(node, [], part, lineAt, line)
    node = child(node, part)
    if (!isNode(node)) break
    if (!inMap) line = lineAt(node.range?.[0])
  }
  return line
}

function keyLine(root: unknown, path: string[], key: string, lineAt: LineAt, fallback = 1): number {
  let node: unknown = root
  for (const part of path) node = child(node, part)
  if (!isMap(node)) return fallback
  const pair = node.items.find((item) => isNode(item.key) && String(item.key) === key)
  return pair && isNode(pair.key) ? lineAt(pair.key.range?.[0]) : fallback
}

function child(node: unknown, part: string): unknown {
  if (!isNode(node) || !('get' in node) || typeof node.get !== 'function') return undefined
  return node.get(/^[0-9]+$/.test(part) ? Number(part) : part, true)
}
