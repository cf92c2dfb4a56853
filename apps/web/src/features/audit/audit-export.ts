/** The audit as a file: CSV for a spreadsheet, JSON Lines for a program. */
import type { AuditView } from '@bramble/db/audit'
import { csvCell } from '@/format/csv.ts'

export const exportFormats = {
  csv: { type: 'text/csv; charset=utf-8', head: 'time,who,what,target,outcome,detail\r\n', line: asCsv },
  jsonl: { type: 'application/jsonl; charset=utf-8', head: '', line: asJson },
} as const
export type ExportFormat = keyof typeof exportFormats

function asCsv(entry: AuditView): string {
  const { at, who, what, target, outcome, detail } = entry
  return `${[at, who, what, target ?? '', outcome, detail ?? ''].map(csvCell).join(',')}\r\n`
}

function asJson({ at, who, what, target, outcome, detail }: AuditView): string {
  return `${JSON.stringify({ time: at, who, what, target, outcome, detail })}\n`
}
