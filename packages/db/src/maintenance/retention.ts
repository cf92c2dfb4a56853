/** Deleting what is older than it is kept: logs, runs, audit, sessions, card records, subjects without samples. */
import { defaultRetention, Retention } from '@bramble/cluster'
import type pg from 'pg'
import { audited } from '../audit/audit.ts'
import { asKeeper } from '../metrics/partitions.ts'
import { activeStatuses } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { Refusal } from '../store/refusal.ts'

const settingName = 'retention'
/** Rows per statement, so that none holds locks for long. */
const batch = 5_000
/** Of each cluster and kind, however old: a page of history is never empty, and what built the cluster stays known. */
const newestRuns = 50
const keepSpentDays = 7

export async function readRetention(): Promise<Retention> {
  const row = await prisma().setting.findUnique({ where: { name: settingName } })
  return Retention.safeParse(row?.value).data ?? defaultRetention
}

/** Refusal `retention-invalid` with a sentence a field. */
export async function changeRetention(input: { retention: unknown; by: string }): Promise<void> {
  const parsed = Retention.safeParse(input.retention)
  const detail = parsed.success
    ? `runs ${parsed.data.runs}, logs ${parsed.data.logs}, audit ${parsed.data.audit} days`
    : undefined
  await audited({ who: input.by, what: 'retention.change', detail }, async () => {
    if (!parsed.success) {
      const fields = fieldWords(parsed.error.issues, input.retention)
      throw new Refusal('retention-invalid', inOneLine(fields, 'retention'), 'Correct these and save again.', {
        fields,
      })
    }
    const value = parsed.data
    await prisma().setting.upsert({
      where: { name: settingName },
      create: { name: settingName, value },
      update: { value },
    })
  })
}

/** What one sweep deleted. */
export type Swept = Record<'logLines' | 'runs' | 'audit' | 'sessions' | 'cards' | 'subjects', number>

/** One process at a time; another one's call returns null at once. Active runs are never touched. */
export async function sweepRetention(now = new Date()): Promise<Swept | null> {
  const kept = await readRetention()
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000)
  let swept: Swept | null = null
  await asKeeper(async (client) => {
    const logLines = await inBatches(
      client,
      `delete from log_line where ctid = any(array(
         select log_line.ctid from log_line join run on run.id = log_line.run_id
         where run.ended_at < $1 and run.status <> all($2) limit ${batch}))`,
      [before(kept.logs), activeStatuses],
    )
    const runs = await inBatches(client, oldRuns, [before(kept.runs), activeStatuses])
    await inBatches(client, oldDrills, [before(kept.runs)])
    await inBatches(client, oldDeploys, [before(kept.runs)])
    await inBatches(client, oldReleases, [before(kept.runs)])
    swept = {
      logLines,
      runs,
      audit: await inBatches(
        client,
        `delete from audit where id = any(array(select id from audit where at < $1 order by id limit ${batch}))`,
        [before(kept.audit)],
      ),
      sessions: await deleteExpired(client, before(keepSpentDays)),
      cards: await inBatches(client, oldCards, [before(kept.runs)]),
      subjects: await inBatches(client, emptySubjects, []),
    }
  })
  return swept
}

/**
 * Ended, older, not among the newest of their kind, not the last success of their kind, and no plan or first try of a run
 * that stays. Steps and lines go with them.
 */
const oldRuns = `
  with ranked as (
    select id, row_number() over (partition by cluster_id, kind order by created_at desc) as place,
      row_number() over (partition by cluster_id, kind, status order by created_at desc) as place_of_status, status
    from run)
  delete from run where id = any(array(
    select run.id from run join ranked using (id)
    where run.ended_at < $1 and run.status <> all($2) and place > ${newestRuns}
      and not (ranked.status in ('succeeded', 'partial') and place_of_status = 1)
      and not exists (select from run as later where later.approved_run_id = run.id or later.retry_of_id = run.id)
    limit 200))`

const oldDrills = `
  with ranked as (
    select run_id, at, row_number() over (partition by cluster_id order by at desc) as place from drill_result)
  delete from drill_result where run_id = any(array(
    select run_id from ranked where at < $1 and place > ${newestRuns} limit ${batch}))`

/** Like runs: what is older, ended, and neither among the newest of its app nor its last success. */
const oldDeploys = `
  with ranked as (
    select id, row_number() over (partition by app_id order by created_at desc) as place,
      row_number() over (partition by app_id, state = 'succeeded' order by created_at desc) as place_of_state
    from deploy)
  delete from deploy where id = any(array(
    select deploy.id from deploy join ranked using (id)
    where ended_at < $1 and state not in ('waiting', 'started') and place > ${newestRuns}
      and not (state = 'succeeded' and place_of_state = 1) limit ${batch}))`

/** Nothing tells of them any more. */
const oldReleases = `
  delete from release where id = any(array(
    select id from release where created_at < $1
      and not exists (select from deploy where deploy.release_id = release.id) limit ${batch}))`

/** The newest record of a node says which card is in it. */
const oldCards = `
  with ranked as (
    select id, created_at, cluster_id, row_number() over (partition by cluster_id, node order by created_at desc) as place
    from card_record)
  delete from card_record where id = any(array(
    select id from ranked where created_at < $1 and (cluster_id is null or place > 1) limit ${batch}))`

/** All samples of a subject are past their time: a server or disk that was renamed or removed. It comes with its first sample. */
const emptySubjects = `
  delete from watch_subject where id = any(array(
    select id from watch_subject
    where ${['raw', 'hour', 'day'].map((tier) => `not exists (select from history.sample_${tier} where subject = id)`).join(' and ')}
    limit ${batch}))`

/** Returns how many sessions; the rest is small. */
async function deleteExpired(client: pg.ClientBase, spent: Date): Promise<number> {
  for (const table of ['verification', 'setup_link'])
    await client.query(`delete from ${table} where expires_at < $1`, [spent])
  return inBatches(client, 'delete from session where expires_at < $1', [spent])
}

async function inBatches(client: pg.ClientBase, sql: string, values: readonly unknown[]): Promise<number> {
  let all = 0
  for (;;) {
    const { rowCount } = await client.query(sql, [...values])
    if (!rowCount) return all
    all += rowCount
  }
}
