/** The texts that a person reads in a source file: strings of TypeScript, prose of Markdown. Pure. */
import ts from 'typescript'

export interface Text {
  /** From 1. */
  line: number
  text: string
}

/**
 * String literals, templates and text between tags, with `…` for what is computed. Import paths, class names, SQL and, unless
 * `labels`, strings of a single word are left out: those are identifiers more often than text.
 */
export function textsOfSource(name: string, source: string, labels: boolean): Text[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true)
  const found: Text[] = []
  const add = (node: ts.Node, text: string) => {
    const start = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
    if (isSql(text) || (!labels && !/\s/.test(text.trim()))) return
    found.push(...text.split('\n').map((line, index) => ({ line: start + index, text: line })))
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isLiteralTypeNode(node)) return
    if (ts.isJsxAttribute(node) && node.name.getText(file) === 'className') return
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) add(node, node.text)
    else if (ts.isTemplateExpression(node)) {
      add(node, [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…'))
      for (const { expression } of node.templateSpans) visit(expression)
      return
    } else if (ts.isJsxText(node) && node.text.trim()) add(node, node.text.trim())
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const isSql = (text: string) =>
  /^\s*(select|insert into|update|delete from|with|declare) [^.]* (from|into|set|as|values)\b/is.test(text)

/** Lines outside of code blocks, without inline code, comments and link targets. */
export function textsOfMarkdown(source: string): Text[] {
  let code = false
  return source.split('\n').flatMap((text, index) => {
    if (/^\s*```/.test(text)) {
      code = !code
      return []
    }
    if (code) return []
    return [{ line: index + 1, text: text.replace(/`[^`]*`|<!--.*?-->/g, '…').replace(/\]\([^)]*\)/g, ']') }]
  })
}
