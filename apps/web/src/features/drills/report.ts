/** The drills of a cluster as a file: Markdown to read and print, CSV for a spreadsheet, JSON for a program. */

import type { ClusterSpec } from '@bramble/cluster'
import type { DrillView } from '@bramble/db/runs'
import { drillClasses } from '@/features/runs/drill-classes.ts'
import { csvCell } from '@/format/csv.ts'
import { verdicts, drills as words } from './copy.ts'
import { summarise } from './summary.ts'

export interface DrillReport {
  spec: ClusterSpec
  /** Newest first. */
  drills: readonly DrillView[]
  /** When it is made. */
  now: Date
}

export const reportFormats = {
  md: { type: 'text/markdown; charset=utf-8', write: asMarkdown },
  csv: { type: 'text/csv; charset=utf-8', write: asCsv },
  json: { type: 'application/json; charset=utf-8', write: asJson },
} as const

const columns = [
  'at',
  'class',
  'node',
  'synchronous',
  'preset',
  'verdict',
  'writeOutage',
  'siteOutage',
  'acknowledged',
  'lost',
  'failedWrites',
  'requests',
  'failedRequests',
  'secondsToWhole',
  'run',
  'message',
] as const

function asCsv({ drills }: DrillReport): string {
  const line = (cells: readonly unknown[]) => `${cells.map((cell) => csvCell(String(cell ?? ''))).join(',')}\r\n`
  return line(columns) + drills.map((drill) => line(columns.map((name) => drill[name]))).join('')
}

function asJson({ spec, drills, now }: DrillReport): string {
  return `${JSON.stringify({ cluster: spec.name, made: now.toISOString(), summary: summarise(drills), drills }, null, 2)}\n`
}

function asMarkdown({ spec, drills, now }: DrillReport): string {
  const { columns: heads } = words.summary
  const names = words.history.columns
  const [oldest, newest] = [drills.at(-1)?.at, drills[0]?.at]
  return `# Drills of ${spec.name}

Made ${minute(now.toISOString())}. ${spec.nodes.length} Pis, timings "${spec.preset}", ${spec.synchronous ? words.modes.sync : words.modes.async} replication now.
${drills.length} drills${oldest && newest ? ` from ${minute(oldest)} to ${minute(newest)}` : ''}. Each injected one fault while a client wrote numbered rows and loaded the page
through the virtual IP every 100 ms. Outage: the longest time without a success.

## ${words.summary.title}

${table(
  [heads.class, heads.mode, heads.count, heads.p50, heads.p95, heads.site, heads.whole, heads.lost],
  summarise(drills).map((row) => [
    drillClasses[row.class].title,
    row.synchronous ? words.modes.sync : words.modes.async,
    row.count,
    words.seconds(row.writes50),
    words.seconds(row.writes95),
    words.seconds(row.site95),
    words.seconds(row.whole50),
    row.lost,
  ]),
)}

## ${words.history.title}

${table(
  [names.at, names.class, names.node, names.verdict, names.writes, names.site, names.lost, names.failed, names.whole],
  drills.map((drill) => [
    minute(drill.at),
    drillClasses[drill.class].title,
    drill.node,
    verdicts[drill.verdict].label,
    words.seconds(drill.writeOutage),
    words.seconds(drill.siteOutage),
    words.count(drill.lost),
    `${drill.failedRequests} / ${drill.requests}`,
    words.seconds(drill.secondsToWhole),
  ]),
)}
`
}

const minute = (iso: string) => `${iso.slice(0, 16).replace('T', ' ')} UTC`

function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}
