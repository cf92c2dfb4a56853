/** Alerts as people see them: open ones, and the history. */
import { type AlertLevel, AlertLevel as Level, RuleName, ruleOf } from '@bramble/cluster'
import type { Prisma } from '../generated/client.ts'
import { prisma } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import { matching, type SilenceView, silencesOf } from './silences.ts'

export interface AlertView {
  id: string
  cluster: string
  rule: RuleName
  title: string
  level: AlertLevel
  /** Null: it is about the cluster. */
  node: string | null
  subject: string
  words: string
  cure: string
  value: number | null
  /** ISO times. `since`: seen first; `firedAt`: after it had held long enough. */
  since: string
  firedAt: string
  /** Null: it is open. */
  overAt: string | null
  /** More than 1: it comes and goes. */
  times: number
  /** Nobody is told of it meanwhile; null: it is sent. */
  silence: SilenceView | null
}

const pageSize = 50
const withCluster = { cluster: { select: { name: true } } } satisfies Prisma.AlertInclude
type Row = Prisma.AlertGetPayload<{ include: typeof withCluster }>

/**
 * Open ones: gravest first, then newest; all of them. Otherwise those that are over, newest first, a page of 50;
 * `before`: the `next` of the page before.
 */
export async function listAlerts(
  query: { cluster?: string | undefined; open?: boolean | undefined; before?: string | undefined; limit?: number } = {},
): Promise<{ alerts: AlertView[]; next: string | null }> {
  const inCluster = query.cluster === undefined ? {} : { cluster: { name: query.cluster } }
  const silences = await silencesOf(query.cluster)
  if (query.open) {
    const rows = await prisma().alert.findMany({
      where: { state: 'open', ...inCluster },
      include: withCluster,
      orderBy: [{ firedAt: 'desc' }, { id: 'asc' }],
    })
    const alerts = rows.flatMap((row) => viewOf(row, silences))
    return { alerts: alerts.toSorted((a, b) => gravity(a) - gravity(b)), next: null }
  }
  const limit = query.limit ?? pageSize
  const cursor: Pick<Prisma.AlertFindManyArgs, 'cursor' | 'skip'> =
    query.before && isId(query.before) ? { cursor: { id: query.before }, skip: 1 } : {}
  const rows = await prisma().alert.findMany({
    where: { state: 'over', firedAt: { not: null }, ...inCluster },
    include: withCluster,
    orderBy: [{ firedAt: 'desc' }, { id: 'asc' }],
    take: limit + 1,
    ...cursor,
  })
  const shown = rows.slice(0, limit)
  return {
    alerts: shown.flatMap((row) => viewOf(row, [])),
    next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
  }
}

const gravity = ({ level }: AlertView): number => Level.options.indexOf(level)

export interface AlertCount {
  critical: number
  warning: number
  info: number
}

/** Open alerts of each cluster that has some, by the cluster's name; silenced ones count too. */
export async function countOpenAlerts(): Promise<Record<string, AlertCount>> {
  const rows = await prisma().alert.findMany({ where: { state: 'open' }, select: { level: true, ...withCluster } })
  const counts: Record<string, AlertCount> = {}
  for (const { cluster, level } of rows) {
    counts[cluster.name] ??= { critical: 0, warning: 0, info: 0 }
    counts[cluster.name]![Level.parse(level)]++
  }
  return counts
}

/** A rule that a newer or older Bramble knew and this one does not is left out. */
function viewOf(row: Row, silences: readonly SilenceView[]): AlertView[] {
  const rule = RuleName.safeParse(row.rule)
  if (!rule.success) return []
  const node = row.node === '' ? null : row.node
  const view = {
    ...{ id: row.id, cluster: row.cluster.name, rule: rule.data, title: ruleOf(rule.data).title },
    ...{ level: Level.catch('warning').parse(row.level), node, subject: row.subject },
    ...{ words: row.words, cure: row.cure, value: row.value, times: row.times },
    since: row.since.toISOString(),
    firedAt: (row.firedAt ?? row.since).toISOString(),
    overAt: row.overAt?.toISOString() ?? null,
  }
  return [{ ...view, silence: matching(silences, view) }]
}

/** What is over for more than a year goes; so do messages that were sent, or given up, a month ago. */
export async function sweepAlerts(): Promise<void> {
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000)
  await prisma().delivery.deleteMany({ where: { createdAt: { lt: ago(30) }, state: { in: ['sent', 'failed'] } } })
  await prisma().alert.deleteMany({ where: { state: 'over', overAt: { lt: ago(366) } } })
  await prisma().silence.deleteMany({ where: { until: { lt: ago(366) } } })
}
