/** Text that a node or a program wrote, fit for a terminal and a log file. */

const escapeCode = '\u001b'

/** Without control characters (C0 and C1) but tab and line break; of what colors text or moves the cursor nothing stays. */
export function printable(text: string): string {
  const [head = '', ...rest] = text.split(escapeCode)
  const told = [head, ...rest.map((part) => part.replace(/^\[[0-?]*[ -/]*[@-~]|^\].*?(?:\p{Cc}|$)|^[@-_]/u, ''))]
  return told.join('').replace(/[^\P{Cc}\t\n]/gu, '')
}
