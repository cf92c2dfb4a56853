/** The log of an app, read from its nodes by a worker when somebody looks at it. */
import { z } from 'zod'
import { audited } from '../audit.ts'
import { pool, prisma } from '../connection.ts'
import { queue } from '../queue.ts'
import { Refusal } from '../refusal.ts'
import { isId } from '../runs.ts'
import { specOf, withNodes } from '../specs.ts'
import { json } from '../text.ts'
import { TroubleView } from '../trouble.ts'
import { findApp } from './app-specs.ts'

export const AppLogLine = z.object({ at: z.string(), node: z.string(), process: z.string(), text: z.string() })
export type AppLogLine = z.infer<typeof AppLogLine>

export interface AppLogView {
  /** Oldest first; null: not read yet. */
  lines: AppLogLine[] | null
  trouble: TroubleView | null
}

const mostReads = 20
const mostLines = 2_000

/** Returns an id to ask for the answer with. Refusal `cluster-unknown`, `app-unknown`, `logs-busy`. */
export async function requestAppLog(input: {
  cluster: string
  app: string
  lines?: number
  by: string
}): Promise<string> {
  const entry = { who: input.by, what: 'app.log' as const, target: `${input.cluster}/${input.app}` }
  return audited(entry, async () => {
    const row = await prisma().cluster.findUnique({ where: { name: input.cluster }, include: withNodes })
    if (!row) throw new Refusal('cluster-unknown', `There is no cluster ${input.cluster}.`, 'Reload the page.')
    findApp(specOf(row), input.app)
    if ((await prisma().appLogRead.count({ where: { clusterId: row.id } })) >= mostReads)
      throw new Refusal('logs-busy', 'Too many logs of this cluster are being read.', 'Wait a minute, then try again.')
    const lines = Math.min(Math.max(input.lines ?? 500, 1), mostLines)
    const { id } = await prisma().appLogRead.create({ data: { clusterId: row.id, app: input.app, lines } })
    await queue().add({ kind: 'app-log', id }, `app-log-${id}`)
    return id
  })
}

/** Null: there is no such request, or it is past its time. */
export async function getAppLog(cluster: string, id: string): Promise<AppLogView | null> {
  const row = isId(id) ? await prisma().appLogRead.findFirst({ where: { id, cluster: { name: cluster } } }) : null
  if (!row) return null
  return {
    lines: AppLogLine.array().safeParse(row.answer).data ?? null,
    trouble: TroubleView.safeParse(row.trouble).data ?? null,
  }
}

/** For the worker: taken once. */
export async function claimAppLog(id: string) {
  const { rowCount } = await pool().query(
    `update app_log_read set taken = true where id = $1 and not taken and created_at > now() - interval '1 minute'`,
    [id],
  )
  const row = rowCount === 1 ? await prisma().appLogRead.findUnique({ where: { id } }) : null
  if (!row) return null
  const cluster = await prisma().cluster.findUniqueOrThrow({ where: { id: row.clusterId }, include: withNodes })
  return { clusterId: row.clusterId, spec: specOf(cluster), app: row.app, lines: row.lines }
}

export async function answerAppLog(
  id: string,
  answer: { lines: readonly AppLogLine[] } | { trouble: TroubleView },
): Promise<void> {
  const [column, value] = 'lines' in answer ? ['answer', answer.lines.slice(-mostLines)] : ['trouble', answer.trouble]
  await pool().query(`update app_log_read set ${column} = $2::jsonb where id = $1`, [id, json(value)])
}

/** Takes away what was read, or never was. */
export async function sweepAppLogs(): Promise<void> {
  await pool().query(`delete from app_log_read where created_at < now() - interval '2 minutes'`)
}
