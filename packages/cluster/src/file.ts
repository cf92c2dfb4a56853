/** cluster.yaml: text in, spec out, or findings with the line each of them is about. */
import { isMap, isNode, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml'
import { type ClusterSpec, ClusterSpec as Schema } from './spec.ts'
import { type Finding, reviewSpec } from './topology.ts'

export interface LocatedFinding extends Finding {
  /** 1-based line in the file. */
  line: number
}

export type ParsedFile = { spec: ClusterSpec; findings: LocatedFinding[] } | { spec: null; findings: LocatedFinding[] }

/** Reads cluster.yaml. Unknown keys, wrong values and broken rules are findings of level `error`; then `spec` is null. */
export function parseClusterFile(text: string): ParsedFile {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true })
  const lineAt = (offset: number | undefined) => (offset === undefined ? 1 : counter.linePos(offset).line)
  const broken = document.errors.map((error) =>
    finding(
      'yaml',
      '',
      `This is not valid YAML: ${error.message}`,
      'Mend the line and try again.',
      lineAt(error.pos[0]),
    ),
  )
  if (broken.length > 0) return { spec: null, findings: broken }

  const value = plain(document)
  if (value === undefined)
    return {
      spec: null,
      findings: [finding('yaml', '', 'Aliases (*name) are not taken here.', 'Write the value out.', 1)],
    }
  const parsed = Schema.safeParse(value ?? {})
  if (!parsed.success) {
    const findings = parsed.error.issues.flatMap((issue) => {
      const path = issue.path.map(String)
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) =>
          finding(
            'unknown-key',
            [...path, key].join('.'),
            `Unknown key "${key}".`,
            'Remove it, or mend its spelling: see docs/cluster-file.md.',
            keyLine(document.contents, path, key, lineAt),
          ),
        )
      const shown = path.length > 0 ? path.join('.') : 'the file'
      return [
        finding(
          'invalid',
          path.join('.'),
          `${shown}: ${issue.message}`,
          'Mend the value: see docs/cluster-file.md.',
          lineOf(document.contents, path, lineAt),
        ),
      ]
    })
    return { spec: null, findings }
  }
  const findings = reviewSpec(parsed.data).map((entry) => ({
    ...entry,
    line: lineOf(document.contents, entry.path.split('.'), lineAt),
  }))
  return findings.some((entry) => entry.level === 'error') ? { spec: null, findings } : { spec: parsed.data, findings }
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

function finding(code: string, path: string, message: string, cure: string, line: number): LocatedFinding {
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
