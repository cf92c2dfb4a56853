import { randomUUID } from 'node:crypto'
import { defaultRetention } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { makeCluster, planned } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { getRun, listRuns, readLog, requestRun } from '../runs/index.ts'
import { pool } from '../store/connection.ts'
import { changeRetention, readRetention, sweepRetention } from './index.ts'

useDatabase()
const by = 'ada@example.org'

const count = async (sql: string, values: unknown[] = []) =>
  Number((await pool().query<{ count: string }>(`select count(*) from ${sql}`, values)).rows[0]!.count)

/** An ended run with `lines` of log, `days` ago. */
async function ran(cluster: string, days: number, options: { kind?: string; status?: string; lines?: number } = {}) {
  const { kind = 'plan', status = 'succeeded', lines = 0 } = options
  const id = randomUUID()
  await pool().query(
    `insert into run (id, cluster_id, kind, request, spec, status, requested_by, last_seq, created_at, started_at, ended_at)
     select $2, id, $3, json_build_object('kind', $3::text), '{}', $4, 'x', $5, at, at, at
     from cluster, (select now() - make_interval(days => $6) as at) as ago where name = $1`,
    [cluster, id, kind, status, lines, days],
  )
  await pool().query(
    `insert into log_line (run_id, seq, at, stream, text) select $1, n, now(), 'stdout', 'a line' from generate_series(1, $2) as n`,
    [id, lines],
  )
  return id
}

test('logs go before runs, and a run keeps what it counted', async () => {
  const cluster = await makeCluster()
  const [old, young] = [await ran(cluster, 91, { lines: 12_000 }), await ran(cluster, 89, { lines: 3 })]
  expect(await sweepRetention()).toMatchObject({ logLines: 12_000, runs: 0 })
  expect(await readLog({ run: old, from: 0 })).toEqual([])
  expect(await getRun(old)).toMatchObject({ id: old, lines: 12_000 })
  expect(await readLog({ run: young, from: 0 })).toHaveLength(3)
})

test('the newest fifty of a kind, the last success of a kind, what is active and what a kept run refers to stay', async () => {
  const cluster = await makeCluster()
  const built = await ran(cluster, 900, { kind: 'provision' })
  for (let i = 0; i < 60; i++) await ran(cluster, 800 - i, { kind: 'provision', status: 'failed' })
  const plan = await ran(cluster, 1000)
  for (let i = 0; i < 55; i++) await ran(cluster, 500 - i)
  await pool().query(`update run set approved_run_id = $1 where id = $2`, [plan, built])
  const active = await requestRun({ cluster, request: { kind: 'plan' }, by })
  await sweepRetention()
  const left = async (kind: string) =>
    count(`run join cluster on cluster.id = cluster_id where name = $1 and kind = $2`, [cluster, kind])
  expect(await left('provision')).toBe(51)
  // 49 old ones and the active one are the newest fifty; the approved plan is older than all of them.
  expect(await left('plan')).toBe(51)
  for (const id of [built, plan, active]) expect(await getRun(id)).not.toBeNull()
  expect((await listRuns({ cluster })).length).toBeGreaterThan(0)
})

test('the audit, expired sessions, spent links and subjects without samples go; what is young stays', async () => {
  const cluster = await makeCluster()
  await planned(cluster, 'e'.repeat(64))
  await pool().query(`insert into audit (at, who, what, outcome) select now() - interval '366 days', 'x', 'probe', 'done'
    from generate_series(1, 7000)`)
  await pool().query(
    `insert into audit (at, who, what, outcome) values (now() - interval '364 days', 'young', 'probe', 'done')`,
  )
  await pool().query(`insert into "user" (id, name, email) values ('u', 'U', 'u@example.org')`)
  await pool().query(`insert into session (id, expires_at, token, user_id) values
    ('gone', now() - interval '8 days', 'gone', 'u'), ('kept', now() - interval '6 days', 'kept', 'u')`)
  await pool().query(
    `insert into setup_link (hash, expires_at) values ('gone', now() - interval '8 days'), ('kept', now())`,
  )
  await pool().query(
    `insert into watch_subject (cluster_id, kind, node, name) select id, 'server', 'pi-1', 'web/none' from cluster where name = $1`,
    [cluster],
  )
  const swept = await sweepRetention()
  expect(swept).toMatchObject({ audit: 7000, sessions: 1, subjects: 1 })
  expect(await count(`audit where who = 'young'`)).toBe(1)
  expect(await count('session')).toBe(1)
  expect(await count('setup_link')).toBe(1)
})

test('a subject with samples in any resolution stays', async () => {
  const cluster = await makeCluster()
  const { rows } = await pool().query<{ id: number }>(
    `insert into watch_subject (cluster_id, kind, node, name) select id, 'node', 'pi-1', '' from cluster where name = $1 returning id`,
    [cluster],
  )
  await pool().query(`create table history.sample_day_2020010100 partition of history.sample_day
    for values from ('2020-01-01') to ('2020-12-26')`)
  await pool().query(
    `insert into history.sample_day (subject, at, count, average, highest)
    values ($1, '2020-02-02', 1, '{1}', '{1}')`,
    [rows[0]!.id],
  )
  await sweepRetention()
  expect(await count('watch_subject where id = $1', [rows[0]!.id])).toBe(1)
})

test('of a node the newest card record stays, whatever its age', async () => {
  const cluster = await makeCluster()
  const card = (days: number, of: string | null) =>
    pool().query(
      `insert into card_record (id, run_id, cluster, cluster_id, node, station_id, station, image_id, image, identity, created_at)
       select gen_random_uuid(), gen_random_uuid(), $1, (select id from cluster where name = $2), 'pi-1', 's', 's',
         gen_random_uuid(), 'i', '{}', now() - make_interval(days => $3)`,
      [cluster, of, days],
    )
  await card(700, cluster)
  await card(500, cluster)
  await card(400, null)
  expect(await sweepRetention()).toMatchObject({ cards: 2 })
})

test('periods are asked for in words, and a wrong one changes nothing', async () => {
  expect(await readRetention()).toEqual(defaultRetention)
  const wrong = { runs: 30, logs: 90, audit: 3 }
  await expect(changeRetention({ retention: wrong, by })).rejects.toMatchObject({
    code: 'retention-invalid',
    fields: { logs: expect.any(String), audit: 'Must be 7 days or more.' },
  })
  expect(await readRetention()).toEqual(defaultRetention)
  await changeRetention({ retention: { runs: 30, logs: 14, audit: 60 }, by })
  expect(await readRetention()).toEqual({ runs: 30, logs: 14, audit: 60 })
  const cluster = await makeCluster()
  const run = await ran(cluster, 15, { lines: 5 })
  await sweepRetention()
  expect(await readLog({ run, from: 0 })).toEqual([])
})
