/** Prometheus' text format 0.0.4: names, units and escapes. Pure. */
import { metrics, SubjectKind, type Unit } from '@bramble/cluster'
import type { Figure, Look } from '@bramble/db/metrics'
import { metricHelp, watchHelp } from './metrics-copy.ts'

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

/** Every figure is a gauge, in base units: seconds, bytes, and parts of 1 as `_ratio`. */
export function exposition({ figures, looks }: { figures: readonly Figure[]; looks: readonly Look[] }): string {
  const families = SubjectKind.options.flatMap((kind) =>
    Object.entries<Unit>(metrics[kind]).map(([metric, unit]) => {
      const samples = figures
        .filter((figure) => figure.kind === kind && figure.values[metric] !== undefined)
        .map((figure) => line(labelsOf(figure), figure.values[metric]! * (unit === 'milliseconds' ? 0.001 : 1)))
      return family(nameOf(kind, metric, unit), metricHelp(kind, metric, unit), samples)
    }),
  )
  const ages = looks.map(({ cluster, age }) => line({ cluster }, age))
  const ups = looks.flatMap(({ cluster, nodes }) => nodes.map(({ node, up }) => line({ cluster, node }, up ? 1 : 0)))
  return [
    family('bramble_watch_age_seconds', watchHelp.age, ages),
    family('bramble_node_up', watchHelp.up, ups),
    ...families,
  ].join('')
}

const suffixes: Record<Unit, string> = {
  ...{ fraction: 'ratio', flag: '', count: '', 'per-second': 'per_second', bytes: 'bytes', hertz: 'hertz' },
  ...{ 'bytes-per-second': 'bytes_per_second', seconds: 'seconds', milliseconds: 'seconds', celsius: 'celsius' },
}

function nameOf(kind: SubjectKind, metric: string, unit: Unit): string {
  const words = metric.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  const suffix = suffixes[unit]
  // Some measures name their unit already: lagBytes, tempBytes.
  const first = suffix.split('_')[0]!
  const name = suffix && words.endsWith(`_${first}`) ? words.slice(0, -first.length - 1) : words
  return ['bramble', kind, name, suffix].filter(Boolean).join('_')
}

/** What HAProxy calls a server, a backend or a frontend is in `name`; there is one of all else on a node. */
function labelsOf({ cluster, node, name }: Figure): Record<string, string> {
  return { cluster, ...(node ? { node } : {}), ...(name ? { name } : {}) }
}

type Line = (name: string) => string

function line(labels: Record<string, string>, value: number): Line {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text).replaceAll('"', '\\"')}"`)
  return (name) => `${name}{${pairs.join(',')}} ${value}\n`
}

function family(name: string, help: string, lines: readonly Line[]): string {
  if (lines.length === 0) return ''
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} gauge\n${lines.map((write) => write(name)).join('')}`
}

const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
