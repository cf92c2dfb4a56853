/** What is compared, as it stands in the address. Pure; times are seconds. */
import type { ClusterSpec, SubjectKind } from '@bramble/cluster'
import { measureGroups, measures } from './measures.ts'

export interface Comparison {
  kind: SubjectKind
  /** Of a frontend or backend; else empty. */
  name: string
  metric: string
  /** In the cluster's order. */
  nodes: string[]
  view: 'overlay' | 'small'
  /** How long before the other time lies; null: only one time. */
  before: number | null
}

const first = { kind: 'node', name: '', metric: 'cpu' } as const
const day = 86_400

export const measureKey = ({ kind, name, metric }: Pick<Comparison, 'kind' | 'name' | 'metric'>): string =>
  `${kind}:${name}:${metric}`

/** What makes no sense is the default: another address must never be an empty page. */
export function comparisonOf(params: { get(name: string): string | null }, spec: ClusterSpec): Comparison {
  const measure = measureOf(params.get('m')) ?? first
  const able = nodesWithMeasure(spec, measure)
  const asked = params.get('n')
  const wanted = new Set(asked?.split(','))
  return {
    ...measure,
    nodes: asked === null ? able : able.filter((node) => wanted.has(node)),
    view: params.get('view') === 'small' ? 'small' : 'overlay',
    before: secondsOf(params.get('before')),
  }
}

/** The same address with this comparison in it; what is the default is left out. */
export function withComparison(params: URLSearchParams, spec: ClusterSpec, chosen: Comparison): URLSearchParams {
  const next = new URLSearchParams(params)
  for (const name of ['m', 'n', 'view', 'before', 'at']) next.delete(name)
  if (measureKey(chosen) !== measureKey(first)) next.set('m', measureKey(chosen))
  if (chosen.nodes.length !== nodesWithMeasure(spec, chosen).length) next.set('n', chosen.nodes.join(','))
  if (chosen.view === 'small') next.set('view', 'small')
  if (chosen.before !== null)
    next.set('before', chosen.before % day === 0 ? `${chosen.before / day}d` : String(chosen.before))
  return next
}

/** Another measure: the Pis that were chosen stay if they have it. */
export function withMeasure(spec: ClusterSpec, chosen: Comparison, key: string): Comparison {
  const measure = measureOf(key)
  if (!measure) return chosen
  const able = nodesWithMeasure(spec, measure)
  const all = chosen.nodes.length === nodesWithMeasure(spec, chosen).length
  const kept = able.filter((node) => chosen.nodes.includes(node))
  return { ...chosen, ...measure, nodes: all || kept.length === 0 ? able : kept }
}

export function nodesWithMeasure(spec: ClusterSpec, { kind, name }: Pick<Comparison, 'kind' | 'name'>): string[] {
  const role = measureGroups.find((group) => group.kind === kind && group.name === name)?.role ?? null
  return spec.nodes.filter(({ roles }) => role === null || roles.includes(role)).map((node) => node.name)
}

export function measureLabel({ kind, metric }: Pick<Comparison, 'kind' | 'metric'>): string {
  const labels: Record<string, string> = kind in measures ? measures[kind as keyof typeof measures] : {}
  return labels[metric] ?? metric
}

function measureOf(text: string | null): Pick<Comparison, 'kind' | 'name' | 'metric'> | null {
  const [kind, name, metric] = text?.split(':') ?? []
  const group = measureGroups.find((one) => one.kind === kind && one.name === name)
  if (!group || metric === undefined || !Object.hasOwn(measures[group.kind], metric)) return null
  return { kind: group.kind, name: group.name, metric }
}

function secondsOf(text: string | null): number | null {
  const [, amount, days] = /^(\d{1,9})(d?)$/.exec(text ?? '') ?? []
  const seconds = Number(amount) * (days ? day : 1)
  return seconds > 0 && seconds < 3660 * day ? seconds : null
}
