/** The data of a cluster that died comes into another one, from its repository: on a disk that was carried over. */
import type { PastRestore, Role, RunEvent } from '@bramble/cluster'
import { type ForeignSource, readRepository, restoreCluster, Secret, takeBackup } from '@bramble/provision'
import { startWriter } from '@bramble/provision/availability'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { powerOff } from '../src/index.ts'
import { rowsOf } from './sql.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const id = 58
/** The Pis of the cluster that dies; the last one keeps its backups. */
const dying = ['pi-3', 'pi-4']
const keeper = 'pi-4'
/** Where its disk is mounted afterwards: not the Pi that is the primary first. */
const reader = 'pi-2'
const disk = '/mnt/carried'
const folder = `${disk}/shelf`
const section = (node: string, path: string) => ({
  repository: { kind: 'node' as const, node, path, mounted: false },
  schedule: { time: '03:00', full: 'sunday' as const, between: 'diff' as const, drill: 'weekly' as const },
  keep: 3,
  encrypted: true,
})

const serving: Role[] = ['postgres', 'balancer', 'web']

let fresh: Stage
let old: Stage
let moment: Date
beforeAll(async () => {
  fresh = await openStage({
    id,
    nodes: 4,
    change: (spec) => ({
      ...spec,
      nodes: spec.nodes
        .filter(({ name }) => !dying.includes(name))
        .map((node) => ({ ...node, roles: node.name === 'pi-1' ? ['etcd', ...serving] : serving })),
      backup: section('pi-1', '/srv/backups/own'),
    }),
  })
  old = await fresh.beside((spec) => ({
    ...spec,
    name: 'shelf',
    vip: spec.vip.replace(/\d+$/, '101'),
    vrid: 77,
    database: { name: 'books', user: 'reader' },
    nodes: spec.nodes
      .filter(({ name }) => dying.includes(name))
      .map((node) => ({ ...node, roles: node.name === 'pi-3' ? ['etcd', 'postgres'] : ['postgres'] })),
    backup: section(keeper, '/srv/backups/shelf'),
  }))
}, 10 * minute)
afterAll(async () => {
  await old?.close()
  await fresh?.close()
}, 2 * minute)

const input = (stage: Stage) => {
  const events: RunEvent[] = []
  return {
    ...{ spec: stage.spec, secrets: stage.secrets, fleet: stage.fleet, since: new Date(), events },
    ...{ signal: new AbortController().signal, emit: (event: RunEvent) => void events.push(event) },
  }
}
const carried = (change: Partial<ForeignSource> = {}): ForeignSource => ({
  ...{ name: 'shelf', stanza: 'shelf', s3: null },
  repository: { kind: 'node', node: reader, path: folder, mounted: false },
  passphrase: old.secrets.backup.passphrase,
  key: fresh.secrets.backup.ssh.privateKey,
  ...change,
})
const take = (source: ForeignSource | null, to: Date | null, restores: PastRestore[] = []) =>
  restoreCluster({ ...input(fresh), to, restores, source, cancelled: () => false })

const sql = <T extends pg.QueryResultRow>(text: string) => eventually(60, () => rowsOf<T>(text, fresh.database(5000)))
const words = async () => (await sql<{ word: string }>('select word from kept order by n')).map(({ word }) => word)
const onOld = async (text: string) =>
  old.on(
    await old.primary(),
    'runuser',
    '-u',
    'postgres',
    '--',
    'psql',
    '-XAtqw',
    '-v',
    'ON_ERROR_STOP=1',
    '-d',
    'books',
    '-c',
    text,
  )

describe('a new cluster', () => {
  it(
    'stands beside the old one, whose disk is carried over before it dies',
    async () => {
      for (const { outcome } of await Promise.all([fresh.apply(), old.apply()]))
        expect(outcome.message).toMatch(/^All 2 nodes are done/)
      await Promise.all([fresh.allCopies(), old.allCopies()])
      await sql(`create table kept (n serial primary key, word text)`)
      await sql(`insert into kept (word) values ('of the new cluster')`)
      expect((await takeBackup({ ...input(fresh), type: 'full' })).status).toBe('succeeded')

      await onOld(`create table kept (n serial primary key, word text); alter table kept owner to reader`)
      await onOld(`insert into kept (word) values ('before')`)
      expect((await takeBackup({ ...input(old), type: 'full' })).status).toBe('succeeded')
      await onOld('select pg_sleep(1.1)')
      moment = new Date(
        (
          await onOld(`select to_char(date_trunc('second', now()) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`)
        ).trim(),
      )
      await onOld('select pg_sleep(1.1)')
      await onOld(`insert into kept (word) values ('after')`)
      await old.on(await old.primary(), 'runuser', '-u', 'postgres', '--', 'pgbackrest', '--stanza=shelf', 'check')
      await carry()
      await Promise.all(dying.map((node) => powerOff({ id, node })))
    },
    10 * minute,
  )

  it(
    'refuses before anything stops: what it may not read, a wrong passphrase, a wrong name, a moment too early',
    async () => {
      const writer = await startWriter(fresh.writing)
      try {
        await expect(take(carried(), null)).rejects.toMatchObject({ code: 'source-forbidden' })
        await fresh.on(reader, 'chown', '-R', 'postgres:postgres', folder)
        await fresh.on(reader, 'mount', '-o', 'remount,ro', disk)
        const refused = async (change: Partial<ForeignSource>, to: Date | null = null) =>
          expect((await take(carried(change), to).catch((error: unknown) => error)) as object)
        ;(await refused({ passphrase: new Secret('another') })).toMatchObject({ code: 'passphrase-wrong' })
        ;(await refused({ stanza: 'sehlf' })).toMatchObject({
          ...{ code: 'source-empty', cure: expect.stringContaining('shelf') },
        })
        const elsewhere = { ...carried().repository, path: '/mnt/nowhere/shelf' }
        ;(await refused({ repository: elsewhere })).toMatchObject({ code: 'source-empty' })
        ;(await refused({}, new Date(moment.getTime() - 86_400_000))).toMatchObject({ code: 'too-early' })
        await writer.stop()
        expect(writer.outage()).toBeLessThan(2)
      } finally {
        await writer.stop()
        await writer.forget()
      }
      expect(await fresh.on(reader, 'ls', '/var/lib/bramble')).not.toContain('restore-source')
    },
    5 * minute,
  )

  it(
    'keeps what it has when the backup turns out to be damaged',
    async () => {
      const bad = '/srv/damaged/shelf'
      await fresh.on(reader, 'install', '-d', '-o', 'postgres', '-g', 'postgres', '/srv/damaged')
      await fresh.on(reader, 'cp', '-a', folder, bad)
      // Every file: those that both clusters were born with are not fetched.
      const damage = `find -L ${bad}/backup/shelf/latest/ -type f -path '*pg_data*' -exec sh -c 'printf XXXXXXXXXXXXXXXX | dd of="$1" bs=1 seek=40 conv=notrunc 2>&1' sh {} ';'`
      await fresh.on(reader, 'sh', '-c', damage)
      const { outcome, past } = await take(
        carried({ repository: { kind: 'node', node: reader, path: bad, mounted: false } }),
        null,
      )
      expect(past).toBeNull()
      expect(outcome.status).toBe('failed')
      expect(outcome.message).toContain('damaged')
      expect(outcome.message).toContain('back in its previous state')
      await fresh.allCopies()
      expect(await words()).toEqual(['of the new cluster'])
    },
    8 * minute,
  )

  it(
    'takes the old data in as of a moment: under its own names and passwords, on every copy, with backups of its own; and gives it back',
    async () => {
      const { outcome, past } = await take(carried(), moment)
      expect(outcome.message).toContain('A full backup was made')
      expect(outcome.status).toBe('succeeded')
      expect(past).toMatchObject({ node: reader, source: 'shelf' })
      await fresh.allCopies()
      expect(await words()).toEqual(['before'])
      // The owner of the tables came along under the name that it has here.
      await sql(`insert into kept (word) values ('written here')`)
      const login = { host: fresh.database(5000).host!, connectionTimeoutMillis: 3_000 }
      await expect(
        rowsOf('select 1', { ...fresh.database(5000), password: old.secrets.application.reveal() }),
      ).rejects.toThrow(/password/)
      await expect(rowsOf('select 1', { ...fresh.database(5000), ...login, user: 'reader' })).rejects.toThrow(
        /password/,
      )
      const copy = (await sql<{ there: number }>('select count(*)::int as there from kept'))[0]!.there
      for (const { name } of fresh.spec.nodes)
        await eventually(60, async () => {
          const psql = ['runuser', '-u', 'postgres', '--', 'psql', '-XAtqw', '-d', 'app']
          const rows = await fresh.on(name, ...psql, '-c', 'select count(*) from kept')
          expect(Number(rows)).toBe(copy)
        })
      expect((await fresh.plan()).changes).toBe(0)
      expect(await fresh.on(reader, 'ls', '/var/lib/bramble')).not.toContain('restore-source')
      expect((await takeBackup({ ...input(fresh), type: 'diff' })).status).toBe('succeeded')
      expect((await readRepository(fresh)).backups.map(({ type }) => type)).toEqual(['full', 'full', 'diff'])

      const undone = await take(null, new Date(past!.at), [past!])
      expect(undone.outcome.message).toContain('A full backup was made')
      await fresh.allCopies()
      expect(await words()).toEqual(['of the new cluster'])
      expect((await takeBackup({ ...input(fresh), type: 'diff' })).status).toBe('succeeded')
      expect((await fresh.plan()).changes).toBe(0)
    },
    12 * minute,
  )
})

/** As a disk that was written by a user of another number on another Pi. */
async function carry(): Promise<void> {
  const packed = await old.on(keeper, 'sh', '-c', 'tar -czf - -C /srv/backups shelf | base64 -w0')
  await fresh.on(reader, 'mkdir', '-p', disk)
  await fresh.on(reader, 'mount', '-t', 'tmpfs', '-o', 'size=300m', 'tmpfs', disk)
  const unpack = ['sh', '-c', 'base64 -d | tar -xzf - -C "$1" && chown -R 4711:4711 "$1/shelf"', 'sh', disk]
  const { code, stderr } = await (await fresh.reach(reader)).exec(unpack, {
    as: 'root',
    stdin: packed,
    timeout: minute,
  })
  if (code !== 0) throw new Error(stderr)
}
