/** Backups: made beside the primary and after a failover, restored to the second, tried out, and clear when they are not good. */

import type { PastRestore, RunEvent } from '@bramble/cluster'
import { readRepository, restoreCluster, restoreDrill, takeBackup } from '@bramble/provision'
import { startWriter } from '@bramble/provision/availability'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf } from './sql.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const disk = '/srv/backups'
const folder = `${disk}/repository`
const secrets = '/etc/pgbackrest/conf.d/secrets.conf'
/** A replica or the primary: the harder place for a repository. */
const keeper = 'pi-3'

let stage: Stage
const restores: PastRestore[] = []
beforeAll(async () => {
  // Switched on in a cluster that serves, as people do.
  const serving = await openStage({ id: 54, nodes: 3, built: true })
  stage = await serving.become((spec) => ({
    ...spec,
    backup: {
      repository: { kind: 'node', node: keeper, path: folder, mounted: true },
      schedule: { time: '03:00', full: 'sunday', between: 'diff', drill: 'weekly' },
      keep: 3,
      encrypted: true,
    },
  }))
}, 10 * minute)
afterAll(() => stage?.close(), 2 * minute)

const input = () => {
  const events: RunEvent[] = []
  return {
    ...{ spec: stage.spec, secrets: stage.secrets, fleet: stage.fleet, since: new Date(), events },
    ...{ signal: new AbortController().signal, emit: (event: RunEvent) => void events.push(event) },
  }
}
const back = (to: Date | null) => restoreCluster({ ...input(), to, restores, source: null, cancelled: () => false })

const sql = <T extends pg.QueryResultRow>(text: string) => eventually(60, () => rowsOf<T>(text, stage.database(5000)))
const words = async () => (await sql<{ word: string }>('select word from kept order by n')).map(({ word }) => word)
const moment = async () =>
  new Date((await sql<{ now: string }>(`select date_trunc('second', now())::text as now`))[0]!.now)

describe('backups', () => {
  it(
    'are not built onto the card when the disk is not mounted',
    async () => {
      const { outcome } = await stage.apply()
      expect(outcome.status).toBe('failed')
      expect(outcome.message).toContain('no disk is mounted there')
      await stage.on(keeper, 'mkdir', '-p', disk)
      await stage.on(keeper, 'mount', '-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', disk)
      expect((await stage.apply()).outcome.message).toMatch(/^All 3 nodes are done/)
      await stage.allCopies()
      expect((await stage.plan()).changes).toBe(0)
    },
    10 * minute,
  )

  it(
    'are made, also after a failover, and the list is what the repository holds',
    async () => {
      expect((await takeBackup({ ...input(), type: 'full' })).status).toBe('succeeded')
      const before = await stage.primary()
      await stage.on(before, 'patronictl', '-c', '/etc/patroni/config.yml', 'switchover', '--force', stage.spec.name)
      await eventually(60, async () => expect(await stage.primary()).not.toBe(before))
      await stage.allCopies()
      expect((await takeBackup({ ...input(), type: 'diff' })).status).toBe('succeeded')
      const { backups } = await readRepository(stage)
      expect(backups.map(({ type }) => type)).toEqual(['full', 'diff'])
      expect(backups[1]!.size).toBeGreaterThan(1e6)
      expect(backups[1]!.added).toBeLessThan(backups[0]!.added)
    },
    5 * minute,
  )

  it(
    'restore the whole cluster to the second, and the restore can be undone',
    async () => {
      await sql(`create table kept (n serial primary key, word text)`)
      await sql(`insert into kept (word) values ('before')`)
      await sql('select pg_sleep(1.1)')
      const then = await moment()
      await sql('select pg_sleep(1.1)')
      await sql(`insert into kept (word) values ('after')`)

      const { outcome, past } = await back(then)
      expect(outcome.message).toContain('A full backup was made')
      expect(outcome.status, outcome.message).toBe('succeeded')
      restores.push(past!)
      await stage.allCopies()
      expect(await words()).toEqual(['before'])
      const writer = await startWriter(stage.writing)
      await writer.next(30)
      await writer.stop()
      expect(await writer.missing()).toEqual([])
      await writer.forget()

      const undone = await back(new Date(past!.at))
      expect(undone.outcome.status, undone.outcome.message).toBe('succeeded')
      restores.push(undone.past!)
      await stage.allCopies()
      expect(await words()).toEqual(['before', 'after'])
      expect((await stage.plan()).changes).toBe(0)
    },
    8 * minute,
  )

  it(
    'are tried out beside the cluster: every row is counted, and nothing stays',
    async () => {
      await sql(`insert into kept (word) select 'many' from generate_series(1, 5000)`)
      const rows = (await sql<{ rows: number }>('select count(*)::int as rows from kept'))[0]!.rows
      const { outcome, result } = await restoreDrill({ ...input(), restores })
      expect(outcome.status, outcome.message).toBe('succeeded')
      expect(result.different).toEqual([])
      expect(result.rows).toBeGreaterThanOrEqual(rows)
      expect(result.rows).toBe(result.rowsExpected)
      expect(result.node).not.toBe(await stage.primary())
      expect(await stage.on(result.node, 'ls', '/var/lib/postgresql')).not.toContain('drill')
    },
    5 * minute,
  )

  it(
    'say when the repository is full, and lose nothing of it',
    async () => {
      const before = (await readRepository(stage)).backups
      // dd fills it and complains, as it should.
      await stage.on(keeper, 'sh', '-c', `dd if=/dev/zero of=${disk}/filler bs=64k || true`)
      try {
        const { status, message } = await takeBackup({ ...input(), type: 'full' })
        expect(status).toBe('failed')
        expect(message).toContain('not enough free space for the backup')
      } finally {
        await stage.on(keeper, 'rm', `${disk}/filler`)
      }
      expect((await readRepository(stage)).backups).toEqual(before)
      expect((await takeBackup({ ...input(), type: 'diff' })).status).toBe('succeeded')
    },
    8 * minute,
  )

  it(
    'say when the passphrase is wrong, before anything is stopped',
    async () => {
      const started = () => sql('select inet_server_addr()::text, pg_postmaster_start_time()::text')
      const [right, before] = [await stage.on(keeper, 'cat', secrets), await started()]
      await stage.on(keeper, 'sed', '-i', 's/cipher-pass=.*/cipher-pass=another/', secrets)
      const writer = await startWriter(stage.writing)
      try {
        await expect(back(null)).rejects.toMatchObject({ code: 'passphrase-wrong' })
        await expect(restoreDrill({ ...input(), restores })).rejects.toMatchObject({ code: 'passphrase-wrong' })
        const { status, message } = await takeBackup({ ...input(), type: 'diff' })
        expect([status, message]).toEqual([
          'failed',
          expect.stringContaining('cannot be decrypted with the passphrase of this cluster'),
        ])
        await writer.next(30)
        expect(await started()).toEqual(before)
      } finally {
        await writer.stop()
        await writer.forget()
        // Reprovisioning mends it.
        expect((await stage.apply()).outcome.status).toBe('succeeded')
      }
      expect(writer.outage()).toBeLessThan(10)
      expect(await stage.on(keeper, 'cat', secrets)).toBe(right)
    },
    5 * minute,
  )

  it(
    'that are damaged fail a drill; a restore of one leaves the cluster with all its rows',
    async () => {
      await takeBackup({ ...input(), type: 'full' })
      const rows = await words()
      const damage = `cd ${folder}/backup/${stage.spec.name}/latest/ && find -L . -type f -size +60k -path '*pg_data*' -exec sh -c 'printf XXXXXXXXXXXXXXXX | dd of="$1" bs=1 seek=2000 conv=notrunc 2>&1' sh {} ';'`
      await stage.on(keeper, 'sh', '-c', damage)
      await expect(restoreDrill({ ...input(), restores })).rejects.toMatchObject({ code: 'backup-corrupt' })
      const { outcome, past } = await back(null)
      expect(past).toBeNull()
      expect(outcome.status).toBe('failed')
      expect(outcome.message).toContain('damaged')
      expect(outcome.message).toContain('back in its previous state')
      await stage.allCopies()
      expect(await words()).toEqual(rows)
    },
    8 * minute,
  )

  it(
    'refuse a moment before the oldest backup, and one that has not come',
    async () => {
      await expect(back(new Date(Date.now() - 400 * 86_400_000))).rejects.toMatchObject({ code: 'too-early' })
      await expect(back(new Date(Date.now() + 60 * minute))).rejects.toMatchObject({ code: 'in-the-future' })
    },
    3 * minute,
  )
})
