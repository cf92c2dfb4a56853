/** The text of a statement as everybody may see it: what it does, without the values it does it with. */

/** Comments, dollar-quoted text, strings (also cut off in the middle), quoted names, numbers. */
const parts =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)|\b[eE]'(?:[^'\\]|\\.|'')*(?:'|$)|(?:\b(?:[bBxXnN]|[uU]&))?'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$\d+|\b[A-Za-z_]\w*\b|\b\d[\w.]*/g

/** `select * from user where mail = '…'` becomes `select * from user where mail = ?`, as pg_stat_statements tells it. */
export function withoutLiterals(query: string): string {
  return query
    .replace(parts, (part) => {
      if (part.startsWith('--') || part.startsWith('/*')) return ' '
      if (/^(?:"|\$\d|[A-Za-z_]\w*$)/.test(part)) return part
      return '?'
    })
    .replace(/[ \t]+/g, ' ')
    .trim()
}
