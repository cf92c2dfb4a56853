/** An old primary that pg_rewind cannot turn back: what it had is kept, named, and deleted when it is asked for. */
import { useDatabase } from '@bramble/db/test/database'
import { operate } from '@bramble/provision'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, openStage, type Stage } from './stage.ts'
import { type Watched, watchStage } from './watched.ts'

const minute = 60_000
const mark = 'only-the-old-primary-has-this'
useDatabase()
let stage: Stage
let watched: Watched
beforeAll(async () => {
  stage = await openStage({ id: 73, nodes: 3, built: true, change: (spec) => ({ ...spec, preset: 'fast' }) })
  watched = await watchStage(stage)
  watched.begin('first')
}, 20 * minute)
afterAll(async () => {
  await watched?.end()
  await stage?.close()
}, 2 * minute)

const sql = (node: string, text: string) =>
  stage.on(node, 'runuser', '-u', 'postgres', '--', 'psql', '-XAtc', text).then((answer) => answer.trim())
const patroni = (node: string, signal: 'STOP' | 'CONT') =>
  stage.on(node, 'systemctl', 'kill', '--kill-whom=main', `--signal=SIG${signal}`, 'patroni.service')

it(
  'keeps its data, with the last writes in them, and deletes them when it is asked for',
  async () => {
    await stage.allCopies()
    const old = await stage.primary()
    const data = await sql(old, 'show data_directory')
    const kept = `${data}.kept`
    await patroni(old, 'STOP')
    const others = stage.spec.nodes.map(({ name }) => name).filter((name) => name !== old)
    await eventually(120, async () => {
      const recovering = await Promise.all(others.map((name) => sql(name, 'select pg_is_in_recovery()')))
      expect(recovering.sort()).toEqual(['f', 't'])
    })
    // Nobody follows the old primary any more. Without its WAL, pg_rewind does not find where the ways parted.
    await sql(old, `create table last_writes as select '${mark}' as words`)
    for (let turn = 0; turn < 3; turn++) {
      await sql(old, 'select pg_switch_wal()')
      await sql(old, 'checkpoint')
    }
    const present = await sql(old, 'select pg_walfile_name(pg_current_wal_lsn())')
    const version = data.split('/').at(-2)
    await stage.on(old, `/usr/lib/postgresql/${version}/bin/pg_archivecleanup`, `${data}/pg_wal`, present)
    await patroni(old, 'CONT')

    await stage.allCopies()
    expect(await sql(old, "select count(*) from pg_tables where tablename = 'last_writes'")).toBe('0')
    expect(await stage.on(old, 'grep', '-rlF', mark, `${kept}/base`)).toContain(`${kept}/base/`)
    await eventually(120, async () => {
      const { machine } = await watched.node(old)
      expect(machine?.keptData).toMatchObject({ path: kept })
      expect(machine!.keptData!.bytes).toBeGreaterThan(1e6)
    })
    const { spec, secrets, fleet } = stage
    const signal = new AbortController().signal
    const asked = { spec, secrets, fleet, since: new Date(), signal, emit: () => undefined }
    const outcome = await operate({ ...asked, operation: { kind: 'delete-kept-data', node: old } })
    expect(outcome).toMatchObject({ status: 'succeeded', changed: 1 })
    expect(await stage.on(old, 'ls', data.slice(0, data.lastIndexOf('/')))).not.toContain('.kept')
    await eventually(120, async () => expect((await watched.node(old)).machine?.keptData).toBeNull())
    await stage.allCopies()
    expect((await stage.plan()).changes).toBe(0)
  },
  15 * minute,
)
