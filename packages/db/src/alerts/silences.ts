/** Silences: what matches is written down, and nobody is told. */
import { NodeName, RuleName } from '@bramble/cluster'
import { z } from 'zod'
import { audited } from '../audit/audit.ts'
import type { Prisma } from '../generated/client.ts'
import { prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { isId } from '../store/ids.ts'
import { notify } from '../store/listen.ts'
import { Refusal } from '../store/refusal.ts'

export interface SilenceView {
  id: string
  cluster: string
  /** Null: every rule; every node. */
  rule: RuleName | null
  node: string | null
  /** ISO times. */
  until: string
  createdAt: string
  reason: string
  by: string
}

const longestMs = 366 * 86_400_000

const SilenceRequest = z.object({
  cluster: z.string().max(63),
  rule: RuleName.nullable(),
  node: NodeName.nullable(),
  until: z.date(),
  reason: z.string().trim().max(300, 'must have 300 characters at most'),
})

/** Refusal `silence-invalid`, `cluster-unknown`. */
export async function silenceAlerts(input: {
  cluster: string
  rule: RuleName | null
  node: string | null
  until: Date
  reason: string
  by: string
}): Promise<{ id: string }> {
  const detail = `${input.rule ?? 'every rule'} on ${input.node ?? 'every node'} until ${input.until}`
  return audited({ who: input.by, what: 'alert.silence', target: input.cluster, detail }, async () => {
    const parsed = SilenceRequest.safeParse(input)
    if (!parsed.success) {
      const fields = fieldWords(parsed.error.issues, input)
      throw new Refusal('silence-invalid', inOneLine(fields, 'silence'), 'Correct it and try again.', { fields })
    }
    const { cluster, rule, node, until, reason } = parsed.data
    const left = until.getTime() - Date.now()
    const late = left > 0 ? 'A silence can last a year at most.' : 'The end of the silence has passed already.'
    if (!(left > 0 && left <= longestMs))
      throw new Refusal(
        'silence-invalid',
        late,
        'Choose a later time within a year. To silence a rule permanently, turn it off.',
        { fields: { until: late } },
      )
    const row = await prisma().cluster.findUnique({ where: { name: cluster }, select: { id: true } })
    if (!row) throw new Refusal('cluster-unknown', `There is no cluster ${cluster}.`, 'Reload the page.')
    const made = await prisma().silence.create({
      data: { clusterId: row.id, rule, node, until, reason, madeBy: input.by },
    })
    await notify('bramble_alert', row.id)
    return { id: made.id }
  })
}

/** From now on people are told again; of what is still open, at once. Refusal `silence-unknown`. */
export async function endSilence(input: { id: string; by: string }): Promise<void> {
  await audited({ who: input.by, what: 'alert.unsilence', target: input.id }, async () => {
    const row = isId(input.id) ? await prisma().silence.findUnique({ where: { id: input.id } }) : null
    if (!row || row.endedAt || row.until <= new Date())
      throw new Refusal('silence-unknown', 'This silence is over already.', 'Reload the page.')
    await prisma().silence.update({ where: { id: row.id }, data: { endedAt: new Date() } })
    await notify('bramble_alert', row.clusterId)
  })
}

const withCluster = { cluster: { select: { name: true } } } satisfies Prisma.SilenceInclude

/** Those that hold now, of this cluster or of all; the one that ends last first. */
export async function silencesOf(cluster?: string): Promise<SilenceView[]> {
  const rows = await prisma().silence.findMany({
    where: {
      endedAt: null,
      until: { gt: new Date() },
      ...(cluster === undefined ? {} : { cluster: { name: cluster } }),
    },
    include: withCluster,
    orderBy: { until: 'desc' },
  })
  return rows.map((row) => ({
    ...{ id: row.id, cluster: row.cluster.name, node: row.node, reason: row.reason, by: row.madeBy },
    rule: RuleName.safeParse(row.rule).data ?? null,
    until: row.until.toISOString(),
    createdAt: row.createdAt.toISOString(),
  }))
}

/** The silence that covers an alert; of several the one that ends last. */
export function matching(
  silences: readonly SilenceView[],
  alert: { cluster: string; rule: string; node: string | null },
): SilenceView | null {
  return (
    silences.find(
      ({ cluster, rule, node }) =>
        cluster === alert.cluster && (rule === null || rule === alert.rule) && (node === null || node === alert.node),
    ) ?? null
  )
}
