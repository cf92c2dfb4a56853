/** YAML that every reader understands alike: cloud-init speaks 1.1, where `yes`, `0x10` and `1:30` are no strings. */
import { Document, Scalar, visit } from 'yaml'

/** Every string is quoted, and what is not plain ASCII is escaped; long plain texts stand as blocks. */
export function yamlText(value: unknown): string {
  const document = new Document(value)
  visit(document, {
    Scalar(key, node) {
      if (typeof node.value !== 'string') return
      node.type = style(node.value, key === 'key')
    },
  })
  const text = document.toString({ lineWidth: 0, doubleQuotedAsJSON: true, singleQuote: false })
  return text.replace(/[^\n\x20-\x7e]/gu, escaped)
}

function style(text: string, key: boolean): Scalar.Type {
  if (key && /^[a-z][a-z0-9_-]*$/.test(text) && !words.has(text)) return Scalar.PLAIN
  // A block holds its text as it is: only lines that begin and end with ink, and one break at the end.
  if (!key && /^(?:[\x21-\x7e][\x20-\x7e]*)?\n/.test(text) && /^[\n\x20-\x7e]+[\x21-\x7e]\n$/.test(text))
    return Scalar.BLOCK_LITERAL
  return Scalar.QUOTE_DOUBLE
}

/** What YAML 1.1 takes for something else than a string. */
const words = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null'])

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
