import { type BackupRecord, type RepositoryState, RestoreSource } from '@bramble/cluster'
import { describe, expect, test } from 'vitest'
import { makeCluster, planned } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/index.ts'
import { getCluster } from '../clusters/index.ts'
import { claimRun, endRun, getRun, requestRun } from '../runs/index.ts'
import { issuedSecrets, storeIssuedSecrets } from '../secrets/index.ts'
import { findCluster } from '../store/ids.ts'
import {
  askScheduled,
  backupDuties,
  changeBackups,
  forgetSourceSecrets,
  listRestoreSources,
  noteRepositoryTrouble,
  openRestoreSource,
  pastRestores,
  readBackupFacts,
  readBackups,
  requestBackup,
  storeDrill,
  storeRepository,
  storeRestore,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'
const onNode = { repository: { kind: 'node', node: 'pi-3' } }

async function backedUp(): Promise<{ cluster: string; id: string }> {
  const cluster = await makeCluster()
  await changeBackups({ cluster, backup: onNode, by })
  return { cluster, id: (await findCluster(cluster)).id }
}

async function over(run: string, status: 'succeeded' | 'failed' = 'succeeded') {
  const lease = (await claimRun(run, 'worker'))!
  await endRun(lease, { status, outcome: { status, changed: 1, seconds: 1, message: '', nodes: [] }, trouble: null })
}

/** Built, so that the schedule counts. */
async function builtAndBackedUp() {
  const made = await backedUp()
  const approved = 'c'.repeat(64)
  await planned(made.cluster, approved)
  await over(await requestRun({ cluster: made.cluster, request: { kind: 'provision', approved }, by }))
  return made
}

const record = (label: string, endedAt: string, change: Partial<BackupRecord> = {}): BackupRecord => ({
  ...{ label, type: 'full', startedAt: endedAt, endedAt, size: 5_000_000_000, added: 1_000_000, damaged: false },
  ...{ walStart: '000000010000000000000005', walStop: '000000010000000000000006' },
  ...change,
})
const state = (...backups: BackupRecord[]): RepositoryState => ({ backups, walNewest: null, trouble: null })

test('switching them on changes the spec and nothing else; the wrong values are named', async () => {
  const cluster = await makeCluster()
  const before = (await getCluster(cluster))!.spec
  await changeBackups({ cluster, backup: onNode, by })
  const spec = (await getCluster(cluster))!.spec
  expect(spec.backup).toMatchObject({ keep: 2, encrypted: true, schedule: { time: '03:00' } })
  expect({ ...spec, backup: undefined }).toEqual({ ...before, backup: undefined })
  for (const [repository, words] of [
    [{ kind: 'node', node: 'pi-9' }, 'No node is named pi-9'],
    [{ kind: 'node', node: 'pi-1', path: 'backups' }, 'repository.path'],
    [{ kind: 'node', node: 'pi-1', path: '/etc/../root' }, 'repository.path'],
    [{ kind: 'sftp', host: 'nas', user: 'me', path: '/a/b', hostKey: 'md5' }, 'repository.hostKey'],
    [{ kind: 's3', endpoint: 'https://x', bucket: 'bramble' }, 'repository.endpoint'],
  ] as const)
    await expect(changeBackups({ cluster, backup: { repository }, by })).rejects.toThrow(words)
  expect((await getCluster(cluster))!.spec).toEqual(spec)
  await changeBackups({ cluster, backup: null, by })
  expect((await getCluster(cluster))!.spec).toEqual(before)
})

test('the keys of a bucket are needed once, kept sealed, and outlive the other secrets being issued', async () => {
  const { cluster, id } = await backedUp()
  const backup = { repository: { kind: 's3', endpoint: 'minio.lan:9000', bucket: 'bramble' } }
  await expect(changeBackups({ cluster, backup, by })).rejects.toMatchObject({ code: 'keys-missing' })
  const keys = { key: 'AKIA', secret: 's3cr3t/with+signs=' }
  await changeBackups({ cluster, backup, keys, by })
  const kept = await issuedSecrets(id)
  expect(kept).toMatchObject({ 'backup.s3.key': keys.key, 'backup.s3.secret': keys.secret })
  await storeIssuedSecrets(id, { ...kept, superuser: 'x' })
  await changeBackups({ cluster, backup, by })
  expect((await issuedSecrets(id))['backup.s3.secret']).toBe(keys.secret)
  const { entries } = await listAudit({ limit: 5 })
  expect(JSON.stringify(entries)).not.toContain('s3cr3t')
  await expect(changeBackups({ cluster, backup, keys: { key: 'a\nb', secret: 'c' }, by })).rejects.toMatchObject({
    code: 'keys-invalid',
  })
})

test('a backup is asked for without a plan; a restore wants the name typed and a moment that has come', async () => {
  const off = await makeCluster()
  const full = { kind: 'backup', type: 'full' }
  await expect(requestBackup({ cluster: off, request: full, by })).rejects.toMatchObject({ code: 'no-backups' })
  const fresh = await backedUp()
  await expect(requestBackup({ cluster: fresh.cluster, request: full, by })).rejects.toMatchObject({
    code: 'backups-not-built',
  })
  const { cluster } = await builtAndBackedUp()
  const run = await requestBackup({ cluster, request: full, by })
  expect(await getRun(run)).toMatchObject({ kind: 'backup', requestedBy: by, approvedRun: null })
  await expect(requestBackup({ cluster, request: full, by })).rejects.toMatchObject({ code: 'run-active' })
  await over(run)
  const restore = { kind: 'restore', to: new Date(Date.now() - 60_000).toISOString() }
  await expect(requestBackup({ cluster, request: restore, by })).rejects.toMatchObject({ code: 'not-confirmed' })
  const later = { kind: 'restore', to: new Date(Date.now() + 60_000).toISOString() }
  const typed = cluster
  await expect(requestBackup({ cluster, request: later, typed, by })).rejects.toMatchObject({ code: 'in-the-future' })
  await expect(requestBackup({ cluster, request: { kind: 'restore', to: 'soon' }, typed, by })).rejects.toMatchObject({
    code: 'request-invalid',
  })
  const asked = await requestBackup({ cluster, request: restore, typed, by })
  const { entries } = await listAudit({ limit: 1 })
  expect(entries[0]).toMatchObject({ who: by, what: 'run.restore', target: cluster, outcome: 'done' })
  expect((await claimRun(asked, 'worker'))!.request.backup).toEqual(restore)
})

test('the list is what the repository holds: what it lost goes, who asked stays', async () => {
  const { cluster, id } = await builtAndBackedUp()
  const run = await requestBackup({ cluster, request: { kind: 'backup', type: 'full' }, by })
  const [old, fresh] = [record('20200101-000000F', '2020-01-01T00:00:00.000Z'), record('new', new Date().toISOString())]
  const made = { run, requestedBy: by, since: new Date(Date.now() - 1000) }
  await storeRepository({ clusterId: id, state: state(old, fresh), made })
  const told = async () => (await readBackups(cluster)).backups.map(({ label, requestedBy }) => [label, requestedBy])
  expect(await told()).toEqual([
    ['new', by],
    ['20200101-000000F', null],
  ])
  await storeRepository({ clusterId: id, state: state(fresh) })
  expect(await told()).toEqual([['new', by]])
  expect((await readBackups(cluster)).backups[0]).toMatchObject({ size: 5_000_000_000, run })
  await noteRepositoryTrouble(id, { code: 'passphrase-wrong', message: 'It does not open.', cure: 'Mend it.' })
  const view = await readBackups(cluster)
  expect([view.trouble?.code, view.backups.length]).toEqual(['passphrase-wrong', 1])
})

test('what is due is asked for once, also by two workers, and never beside another run', async () => {
  const { cluster, id } = await builtAndBackedUp()
  const own = async () => (await backupDuties()).find((duty) => duty.id === id)
  expect(await own()).toMatchObject({ cluster, backups: [], lastBackupAsked: null, readAt: null })
  const request = { kind: 'backup' as const, type: 'full' as const }
  const both = await Promise.all([1, 2].map(() => askScheduled({ cluster, request, seen: null })))
  expect(both.filter((run) => run !== null)).toHaveLength(1)
  const run = both.find((entry) => entry !== null)!
  expect((await getRun(run))?.requestedBy).toBe('bramble')
  expect(await own()).toBeUndefined()
  await over(run)
  expect(await askScheduled({ cluster, request, seen: null })).toBeNull()
  const { lastBackupAsked } = (await own())!
  expect(await askScheduled({ cluster, request, seen: lastBackupAsked })).not.toBeNull()
})

test('a cluster that was never built with its repository has no duties', async () => {
  const { id } = await backedUp()
  expect((await backupDuties()).map((duty) => duty.id)).not.toContain(id)
  const built = await builtAndBackedUp()
  expect((await backupDuties()).map((duty) => duty.id)).toContain(built.id)
  // Kept longer, at another time: the Pis need not know. Another place they have to.
  await changeBackups({ cluster: built.cluster, backup: { ...onNode, schedule: { time: '04:00' } }, by })
  expect((await readBackups(built.cluster)).built).toBe(true)
  await changeBackups({ cluster: built.cluster, backup: { repository: { kind: 'node', node: 'pi-1' } }, by })
  expect((await readBackups(built.cluster)).built).toBe(false)
  expect((await backupDuties()).map((duty) => duty.id)).not.toContain(built.id)
})

test('restores and drills are remembered, once a run', async () => {
  const { cluster, id: clusterId } = await builtAndBackedUp()
  const run = await requestBackup({ cluster, request: { kind: 'restore-drill' }, by })
  const base = { clusterId, run, requestedBy: by }
  const past = { at: '2026-11-27T10:00:00.000Z', to: null, fromTimeline: 3, node: 'pi-1', label: 'x', source: 'shelf' }
  for (let twice = 0; twice < 2; twice++) {
    await storeRestore({ ...base, past })
    await storeDrill({ ...base, good: false, message: 'No room.', result: null })
  }
  expect(await pastRestores(clusterId)).toEqual([{ at: past.at, to: null, fromTimeline: 3, source: 'shelf' }])
  const view = await readBackups(cluster)
  expect(view.drills).toMatchObject([{ good: false, message: 'No room.', result: null, requestedBy: by }])
  expect(view.restores).toMatchObject([{ at: past.at, to: null, source: 'shelf' }])
})

describe('backups of another cluster', () => {
  const restore = (cluster: string, from: RestoreSource, secrets = {}) =>
    requestBackup({ cluster, request: { kind: 'restore', to: null, from }, secrets, typed: cluster, by })
  const given = (repository: object, change: object = {}) =>
    RestoreSource.parse({ kind: 'repository', repository, stanza: 'shelf', encrypted: true, ...change })

  test('of one that Bramble knows: its passphrase and its past come with it', async () => {
    const other = await backedUp()
    const { cluster, id } = await builtAndBackedUp()
    await storeIssuedSecrets(other.id, { 'backup.passphrase': 'correct horse', 'backup.ssh.private': 'a key' })
    expect(await listRestoreSources(cluster)).toContainEqual({
      ...{ name: other.cluster, repository: expect.objectContaining({ kind: 'node' }) },
    })
    const from = { kind: 'cluster' as const, cluster: other.cluster }
    await expect(restore(cluster, from)).rejects.toMatchObject({ code: 'source-away' })
    await expect(restore(cluster, { ...from, cluster })).rejects.toMatchObject({ code: 'source-unknown' })
    const moved = (node: string) => ({ ...from, moved: { node, path: '/mnt/usb' } })
    await expect(restore(cluster, moved('pi-9'))).rejects.toMatchObject({ code: 'node-unknown' })
    const run = await restore(cluster, moved('pi-3'))
    const source = (await claimRun(run, 'worker'))!.request.backup
    if (source?.kind !== 'restore') throw new Error('It is no restore')
    const { spec } = (await getCluster(cluster))!
    expect(await openRestoreSource({ id, spec }, source.from!)).toMatchObject({
      ...{ stanza: other.cluster, passphrase: 'correct horse', key: 'a key' },
      repository: { kind: 'node', node: 'pi-3', path: '/mnt/usb' },
    })
  })

  test('given by hand: what is secret is kept sealed, beside the run and not in it, until it is over', async () => {
    const { cluster, id } = await builtAndBackedUp()
    const bucket = { kind: 's3', endpoint: 'minio.lan:9000', bucket: 'bramble' }
    const secrets = { passphrase: 'correct horse battery', key: 'AKIA', secret: 's3cr3t/with+signs=' }
    await expect(restore(cluster, given(bucket), {})).rejects.toMatchObject({ code: 'secret-missing' })
    const line = { ...secrets, passphrase: 'two\nrepo1-path=/etc' }
    await expect(restore(cluster, given(bucket), line)).rejects.toMatchObject({ code: 'secret-invalid' })
    await expect(restore(cluster, given({ kind: 'node', node: 'pi-9' }), secrets)).rejects.toMatchObject({
      code: 'node-unknown',
    })
    const request = { kind: 'restore', to: null, from: { ...given(bucket), repository: { ...bucket, bucket: 'B' } } }
    await expect(requestBackup({ cluster, request, secrets, typed: cluster, by })).rejects.toMatchObject({
      ...{ code: 'request-invalid', fields: { 'repository.bucket': expect.stringContaining('name of a bucket') } },
    })
    const run = await restore(cluster, given(bucket), secrets)
    const claimed = (await claimRun(run, 'worker'))!
    expect(JSON.stringify([claimed, await listAudit({ limit: 5 })])).not.toMatch(/correct horse|s3cr3t/)
    const source = claimed.request.backup
    if (source?.kind !== 'restore') throw new Error('It is no restore')
    const { key, secret } = secrets
    const opened = { passphrase: secrets.passphrase, s3: { key, secret }, key: null }
    const place = { id, spec: (await getCluster(cluster))!.spec }
    expect(await openRestoreSource(place, source.from!)).toMatchObject(opened)
    await forgetSourceSecrets(id)
    await expect(openRestoreSource(place, source.from!)).rejects.toMatchObject({ code: 'source-forgotten' })
  })

  test('need the name typed', async () => {
    const { cluster } = await builtAndBackedUp()
    const from = given({ kind: 'node', node: 'pi-3' }, { encrypted: false })
    const request = { kind: 'restore', to: null, from }
    await expect(requestBackup({ cluster, request, typed: 'no', by })).rejects.toMatchObject({ code: 'not-confirmed' })
  })
})

test('the alerts learn of the newest good one', async () => {
  const { id } = await builtAndBackedUp()
  expect(await readBackupFacts(id)).toMatchObject({ newest: null, trouble: null })
  const [good, bad] = ['2026-11-26T03:00:00.000Z', '2026-11-27T03:00:00.000Z']
  await storeRepository({ clusterId: id, state: state(record('a', good), record('b', bad, { damaged: true })) })
  expect(await readBackupFacts(id)).toMatchObject({ newest: good })
})
