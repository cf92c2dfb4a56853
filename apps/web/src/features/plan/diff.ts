/** A unified diff as rows to draw. */
export interface DiffRow {
  kind: 'context' | 'added' | 'removed' | 'hunk'
  text: string
  /** 1-based line in the old and the new file; null where the row has none. */
  before: number | null
  after: number | null
}

const hunkHead = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$/

/** Rows of a unified diff; file headers (`---`, `+++`) before the first hunk are left out. */
export function diffRows(diff: string): DiffRow[] {
  const rows: DiffRow[] = []
  let before = 1
  let after = 1
  let inHunk = !/^@@ /m.test(diff)
  const lines = diff.endsWith('\n') ? diff.slice(0, -1).split('\n') : diff.split('\n')
  for (const line of lines) {
    const head = hunkHead.exec(line)
    if (head) {
      inHunk = true
      before = Number(head[1])
      after = Number(head[2])
      rows.push({ kind: 'hunk', text: (head[3] ?? '').trim(), before: null, after: null })
    } else if (!inHunk || line.startsWith('\\')) {
      // File headers, and "\ No newline at end of file".
    } else if (line.startsWith('+')) rows.push({ kind: 'added', text: line.slice(1), before: null, after: after++ })
    else if (line.startsWith('-')) rows.push({ kind: 'removed', text: line.slice(1), before: before++, after: null })
    else rows.push({ kind: 'context', text: line.slice(1), before: before++, after: after++ })
  }
  return rows
}

/** How many lines a diff adds and takes away. */
export function diffSize(diff: string): { added: number; removed: number } {
  const rows = diffRows(diff)
  return {
    added: rows.filter((row) => row.kind === 'added').length,
    removed: rows.filter((row) => row.kind === 'removed').length,
  }
}
