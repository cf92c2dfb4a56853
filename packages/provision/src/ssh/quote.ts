/** The only place that quotes: SSH carries one string, and the node's login shell takes it apart again. */

/** One POSIX-shell word that means exactly `text`. Throws on NUL, which no argv can carry. */
function quote(text: string): string {
  if (text.includes('\0')) throw new Error('An argument holds a NUL byte')
  if (/^[A-Za-z0-9_/:=.,@%+-]+$/.test(text)) return text
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** An argv as one shell command line. */
export function commandLine(argv: readonly string[]): string {
  if (argv.length === 0) throw new Error('commandLine: the argv is empty')
  return argv.map(quote).join(' ')
}
