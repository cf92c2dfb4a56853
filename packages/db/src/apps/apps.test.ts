/** Apps in the database: uploads, deploys in their order, environments, removal. */
import { randomUUID } from 'node:crypto'
import type { AppStatus } from '@bramble/cluster'
import { expect, test } from 'vitest'
import * as db from '../../test/all.ts'
import { builtCluster, endRunOf, someApp, someFound, someUpload } from '../../test/apps.ts'
import { makeCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { pool } from '../store/connection.ts'

useDatabase()
const by = 'ada@example.org'
const idOf = async (cluster: string) => (await db.prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })).id
const refused = (code: string) => expect.objectContaining({ code })

test('a first deploy adds the app to the cluster, and its run says what to do', async () => {
  const cluster = await builtCluster()
  const found = someFound()
  const upload = await someUpload(cluster, found)
  const asked = { cluster, app: 'blog', from: { upload }, domains: ['Blog.Example.org.'], message: 'First', by }
  const { deploy, run } = await db.requestDeploy(asked)
  expect((await db.getCluster(cluster))!.spec.apps).toMatchObject([{ name: 'blog', domains: ['blog.example.org'] }])
  const claimed = (await db.claimRun(run!, 'worker'))!
  expect(claimed.request).toEqual({ kind: 'deploy', app: { app: 'blog', deploy, release: found.digest } })
  expect(await db.releaseOf(claimed.clusterId, 'blog', found.digest)).toEqual(found)
  expect(await db.getDeploy(cluster, deploy)).toMatchObject({ state: 'running', message: 'First', run })
  const outcome = { status: 'succeeded' as const, changed: 1, seconds: 1, message: 'It serves.', nodes: [] }
  await db.endRun(claimed, { status: 'succeeded', outcome, trouble: null })
  await db.tendDeploys()
  const [app] = (await db.listApps(cluster))!
  expect(app).toMatchObject({
    ...{ name: 'blog', kind: 'static', release: { digest: found.digest, serves: true, message: 'First' } },
    lastDeploy: { state: 'succeeded', outcome: 'It serves.' },
  })
  expect((await db.getRun(run!))!.app).toBe('blog')
  await expect(db.retryRun({ run: run!, by })).rejects.toEqual(refused('app-no-retry'))
  await expect(db.requestDeploy(asked)).rejects.toEqual(refused('upload-unknown'))
})

test('what a release needs of its nodes is kept in the settings, also while its run goes on', async () => {
  const cluster = await builtCluster()
  const upload = await someUpload(cluster)
  await db.requestDeploy({ cluster, app: 'blog', from: { upload }, domains: ['blog.example.org'], by })
  await db.keepAppNeeds(cluster, 'blog', { kind: 'ruby', packages: ['libvips'] })
  await db.keepAppNeeds(cluster, 'blog', { kind: 'node', packages: ['imagemagick', 'libvips'] })
  await db.keepAppNeeds(cluster, 'gone', { kind: 'node', packages: [] })
  const { apps } = (await db.getCluster(cluster))!.spec
  expect(apps).toMatchObject([
    { name: 'blog', domains: ['blog.example.org'], kind: 'node', packages: ['libvips', 'imagemagick'] },
  ])
})

test('what cannot be deployed is refused and changes nothing', async () => {
  const cluster = await builtCluster()
  const upload = await someUpload(cluster)
  const ask = (change: object) => db.requestDeploy({ cluster, app: 'blog', from: { upload }, by, ...change })
  await expect(ask({ app: 'web' })).rejects.toMatchObject({ code: 'app-invalid', fields: { name: expect.any(String) } })
  await expect(ask({ domains: ['a b'] })).rejects.toMatchObject({
    code: 'app-invalid',
    fields: { domains: expect.any(String) },
  })
  await expect(ask({ from: { upload: randomUUID() } })).rejects.toEqual(refused('upload-unknown'))
  await expect(ask({ from: { upload: 'x' } })).rejects.toEqual(refused('upload-unknown'))
  const { id } = await db.beginUpload({ cluster, upload: { name: 'a', size: 5 }, by })
  await expect(ask({ from: { upload: id } })).rejects.toEqual(refused('upload-unready'))
  await expect(ask({ cluster: 'no-such' })).rejects.toEqual(refused('cluster-unknown'))
  const unbuilt = await makeCluster()
  const elsewhere = await someUpload(unbuilt)
  await expect(ask({ from: { upload: elsewhere } })).rejects.toEqual(refused('upload-unknown'))
  await expect(ask({ cluster: unbuilt, from: { upload: elsewhere } })).rejects.toEqual(refused('cluster-not-built'))
  expect(await db.listApps(cluster)).toEqual([])
  expect((await db.getUpload(cluster, upload))?.state).toBe('checked')
})

test('variables that come with the first deploy are secret, and a wrong one changes nothing', async () => {
  const cluster = await builtCluster()
  const upload = await someUpload(cluster)
  const ask = (variables: Record<string, string>) =>
    db.requestDeploy({ cluster, app: 'shop', from: { upload }, database: true, variables, by })
  await expect(ask({ '1ST': 'x' })).rejects.toMatchObject({
    code: 'variable-invalid',
    fields: { '1ST': expect.any(String) },
  })
  await expect(ask({ DATABASE_URL: 'postgresql://elsewhere' })).rejects.toEqual(refused('variable-invalid'))
  expect(await db.listApps(cluster)).toEqual([])
  await ask({ SECRET_KEY_BASE: 'canary of the first deploy' })
  expect((await db.getApp(cluster, 'shop'))!.variables).toEqual([{ name: 'SECRET_KEY_BASE', value: null }])
  const { id } = await db.prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  expect(await db.appSecrets(id, 'shop')).toEqual({ SECRET_KEY_BASE: 'canary of the first deploy' })
})

test('one domain belongs to one app', async () => {
  const cluster = await builtCluster()
  const { run } = await db.requestDeploy({
    ...{ cluster, app: 'one', domains: ['a.example'], from: { upload: await someUpload(cluster) }, by },
  })
  await endRunOf(run!)
  const second = { cluster, app: 'two', domains: ['A.example'], from: { upload: await someUpload(cluster) }, by }
  await expect(db.requestDeploy(second)).rejects.toEqual(refused('spec-invalid'))
  await db.changeApp({ cluster, app: 'one', change: { domains: ['b.example'], memory: 64 }, by })
  await db.changeApp({ cluster, app: 'one', change: { memory: null, count: 2 }, by })
  expect((await db.getApp(cluster, 'one'))!.spec).toEqual({
    ...{ name: 'one', domains: ['b.example'], count: 2, health: {}, database: false },
  })
  await expect(db.changeApp({ cluster, app: 'one', change: { count: 9 }, by })).rejects.toEqual(refused('spec-invalid'))
  await expect(db.changeApp({ cluster, app: 'one', change: { name: 'x' }, by })).rejects.toEqual(refused('app-invalid'))
})

test('deploys wait for each other, and a newer one supersedes one that waits', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  await someApp(cluster, 'shop')
  const ask = async (app: string) => db.requestDeploy({ cluster, app, from: { upload: await someUpload(cluster) }, by })
  const first = await ask('blog')
  const [older, other, newer] = [await ask('blog'), await ask('shop'), await ask('blog')]
  expect([older.run, other.run, newer.run]).toEqual([null, null, null])
  const states = async () =>
    Promise.all([first, older, other, newer].map(async ({ deploy }) => (await db.getDeploy(cluster, deploy))!.state))
  expect(await states()).toEqual(['queued', 'superseded', 'waiting', 'waiting'])
  await db.tendDeploys()
  expect(await states()).toEqual(['queued', 'superseded', 'waiting', 'waiting'])
  await endRunOf(first.run!, 'failed')
  await db.tendDeploys()
  expect(await states()).toEqual(['failed', 'superseded', 'queued', 'waiting'])
  await db.cancelDeploy({ cluster, deploy: newer.deploy, by })
  await expect(db.cancelDeploy({ cluster, deploy: newer.deploy, by })).rejects.toEqual(refused('deploy-unknown'))
  await endRunOf((await db.getDeploy(cluster, other.deploy))!.run!)
  await db.tendDeploys()
  expect(await states()).toEqual(['failed', 'superseded', 'succeeded', 'cancelled'])
})

test('a rollback goes to a release that served, and to no other', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  const [one] = (await db.getApp(cluster, 'blog'))!.releases
  const failing = await db.requestDeploy({ cluster, app: 'blog', from: { upload: await someUpload(cluster) }, by })
  await endRunOf(failing.run!, 'failed')
  await db.tendDeploys()
  const [bad] = (await db.getApp(cluster, 'blog'))!.releases
  expect([bad!.served, bad!.serves]).toEqual([false, false])
  const back = (release: string) => db.requestRollback({ cluster, app: 'blog', release, by })
  await expect(back(bad!.id)).rejects.toEqual(refused('release-unknown'))
  await expect(back(randomUUID())).rejects.toEqual(refused('release-unknown'))
  await someApp(cluster, 'blog')
  const { run } = await back(one!.id)
  await endRunOf(run!)
  expect((await db.getApp(cluster, 'blog'))!.release?.id).toBe(one!.id)
})

test('secret variables are stored encrypted, and shown to nobody', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  await someApp(cluster, 'blog-2')
  const change = (set: Record<string, string>, secret: boolean, unset: string[] = []) =>
    db.changeEnvironment({ cluster, app: 'blog', set, secret, unset, by })
  const hostile = 'a"b$c\\d%e\n\tü€'
  await change({ TOKEN: hostile, KEY: 'k' }, true)
  await change({ GREETING: hostile }, false)
  await db.changeEnvironment({ cluster, app: 'blog-2', set: { TOKEN: 'other' }, secret: true, unset: [], by })
  const id = await idOf(cluster)
  const shown = async () => (await db.getApp(cluster, 'blog'))!.variables
  expect(await shown()).toEqual([
    { name: 'GREETING', value: hostile },
    { name: 'KEY', value: null },
    { name: 'TOKEN', value: null },
  ])
  expect(await db.appSecrets(id, 'blog')).toEqual({ TOKEN: hostile, KEY: 'k' })
  const settings = (await db.prisma().cluster.findUniqueOrThrow({ where: { id } })).settings
  const audit = await db.listAudit({ what: 'app.environment' })
  expect(JSON.stringify([settings, audit])).not.toContain('other')
  // A name is either plain or secret.
  await change({ GREETING: 'hidden' }, true)
  await change({ KEY: 'plain' }, false, ['TOKEN'])
  expect(await shown()).toEqual([
    { name: 'GREETING', value: null },
    { name: 'KEY', value: 'plain' },
  ])
  await expect(change({ PORT: '1' }, false)).rejects.toMatchObject({
    code: 'variable-invalid',
    fields: { PORT: /PORT/ },
  })
  await expect(change({ A: 'a\0b' }, true)).rejects.toEqual(refused('variable-invalid'))
  await db.changeApp({ cluster, app: 'blog', change: { database: true }, by })
  await expect(change({ DATABASE_URL: 'x' }, true)).rejects.toEqual(refused('variable-invalid'))
  await expect(change({ DATABASE_URL: 'x' }, false)).rejects.toEqual(refused('spec-invalid'))
})

test('what a release was started with is kept for a rollback, and the password of its database is made once', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  const id = await idOf(cluster)
  const [one, two] = ['a'.repeat(64), 'b'.repeat(64)]
  const kept = { environment: { TOKEN: 'x' }, environmentDigest: 'c'.repeat(64), served: one }
  await db.keepRelease(id, 'blog', one, kept)
  await db.keepRelease(id, 'blog', two, kept)
  await db.keepRelease(id, 'blog-2', two, kept)
  expect([...(await db.keptReleases(id, 'blog'))]).toEqual([
    [one, kept],
    [two, kept],
  ])
  await db.pruneReleases(id, 'blog', [two])
  expect([...(await db.keptReleases(id, 'blog')).keys()]).toEqual([two])
  expect((await db.keptReleases(id, 'blog-2')).size).toBe(1)
  let made = 0
  const password = () => db.appPassword(id, 'blog', () => `made ${++made}`)
  expect([await password(), await password()]).toEqual(['made 1', 'made 1'])
  await db.forgetApp(id, 'blog')
  expect((await db.keptReleases(id, 'blog')).size).toBe(0)
  expect(await password()).toBe('made 2')
})

test('a removed app leaves nothing behind', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  await someApp(cluster, 'shop')
  await db.changeEnvironment({ cluster, app: 'blog', set: { TOKEN: 'x' }, secret: true, unset: [], by })
  const removal = { cluster, app: 'blog', by }
  await expect(db.requestRemoval({ ...removal, typed: 'shop' })).rejects.toEqual(refused('not-confirmed'))
  const { run } = await db.requestRemoval({ ...removal, typed: 'blog' })
  expect(run).not.toBeNull()
  const id = await idOf(cluster)
  await db.forgetApp(id, 'blog')
  await endRunOf(run!)
  await db.tendDeploys()
  expect((await db.listApps(cluster))!.map(({ name }) => name)).toEqual(['shop'])
  expect(await db.appSecrets(id, 'blog')).toEqual({})
  expect(await db.getApp(cluster, 'blog')).toBeNull()
  await db.forgetApp(id, 'shop')
  expect((await db.getCluster(cluster))!.spec.apps ?? []).toEqual([])
})

test('while an app is being removed nothing else is begun with it, and uploads stay', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  await someApp(cluster, 'shop')
  const busy = await db.requestRestart({ cluster, app: 'shop', by })
  const [release] = (await db.getApp(cluster, 'blog'))!.releases
  const upload = await someUpload(cluster)
  const removal = { cluster, app: 'blog', typed: 'blog', by }
  const all = [
    () => db.requestDeploy({ cluster, app: 'blog', from: { upload }, by }),
    () => db.requestRollback({ cluster, app: 'blog', release: release!.id, by }),
    () => db.requestRestart({ cluster, app: 'blog', by }),
    () => db.requestRemoval(removal),
  ]
  const first = await db.requestRemoval(removal)
  expect(first.run).toBeNull()
  for (const ask of all) await expect(ask()).rejects.toEqual(refused('app-removing'))
  await endRunOf(busy.run!)
  await db.tendDeploys()
  const { run, state } = (await db.getDeploy(cluster, first.deploy))!
  expect(state).toBe('queued')
  for (const ask of all) await expect(ask()).rejects.toEqual(refused('app-removing'))
  expect((await db.getUpload(cluster, upload))?.state).toBe('checked')
  await endRunOf(run!, 'failed')
  expect((await all[0]!()).run).not.toBeNull()
})

test('uploads are bounded, checked once they are complete, and forgotten when nobody continues them', async () => {
  const cluster = await makeCluster()
  const begin = (upload: object) => db.beginUpload({ cluster, upload, by })
  for (const wrong of [{ name: '', size: 1 }, { name: 'a', size: 0 }, { name: 'a', size: 2e9 + 1 }, { name: 'a' }])
    await expect(begin(wrong)).rejects.toEqual(refused('upload-invalid'))
  await expect(begin({ name: 'a', size: 1, sha256: 'x' })).rejects.toEqual(refused('upload-invalid'))
  const { id } = await begin({ name: 'a', size: 1.9e9, app: 'blog', sha256: 'a'.repeat(64) })
  await begin({ name: 'b', size: 1.9e9 })
  await expect(begin({ name: 'c', size: 1.9e9 })).rejects.toEqual(refused('uploads-full'))
  expect(await db.recordReceived(id, 5)).toMatchObject({ state: 'receiving', received: 5 })
  expect(await db.claimUpload(id)).toBeNull()
  expect(await db.recordReceived(id, 1.9e9)).toMatchObject({ state: 'checking' })
  expect((await db.recordReceived(id, 1)).state).toBe('checking')
  expect(await db.claimUpload(id)).toEqual({
    id,
    name: 'a',
    sample: null,
    sha256: 'a'.repeat(64),
    cluster,
    app: 'blog',
  })
  await db.endUploadCheck(id, { trouble: { code: 'archive-damaged', message: 'No.', cure: 'Again.' } })
  expect(await db.getUpload(cluster, id)).toMatchObject({ state: 'refused', trouble: { message: 'No.' } })
  expect(await db.getUpload('other', id)).toBeNull()
  await pool().query(`update app_upload set updated_at = now() - interval '25 hours' where id = $1`, [id])
  await db.tendUploads()
  expect(await db.getUpload(cluster, id)).toBeNull()
  expect((await db.uploadIds()).has(id)).toBe(false)
})

test('what nodes report is kept with the app', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  const release = 'a'.repeat(64)
  const status: AppStatus = {
    serving: { generation: 3, release, slot: 'b', nodes: ['pi-1'] },
    availability: 'running',
    cron: [],
    slots: [{ node: 'pi-1', slot: 'b', release, state: 'ready', message: null, restarts: 0 }],
    silent: [],
    behind: [],
    unlimited: [],
  }
  await db.storeAppStatus(await idOf(cluster), new Map([['blog', status]]))
  expect((await db.getApp(cluster, 'blog'))!.status).toEqual(status)
})

test('a log is followed by one worker as long as somebody looks, and only its newest lines are kept', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  await expect(db.openAppLog({ cluster, app: 'shop' })).rejects.toEqual(refused('app-unknown'))
  const id = await db.openAppLog({ cluster, app: 'blog' })
  expect(await db.openAppLog({ cluster, app: 'blog' })).toBe(id)
  expect(await db.claimAppLog(id, 'first')).toMatchObject({ app: 'blog', spec: { name: cluster } })
  expect(await db.claimAppLog(id, 'second')).toBeNull()

  const line = (text: string) => ({ at: new Date().toISOString(), node: 'pi-1', process: 'web', text })
  const many = (from: number) => Array.from({ length: 300 }, (_, at) => line(`line ${from + at}`))
  const leaving = new AbortController()
  const seen: string[] = []
  const reading = (async () => {
    for await (const { lines } of db.followAppLog(id, leaving.signal)) {
      seen.push(...lines.map(({ text }) => text))
      if (seen.at(-1) === 'the end\u2400') break
    }
  })()
  for (let at = 0; at < 9; at++) await db.writeAppLog(id, 'first', many(at * 300))
  await db.writeAppLog(id, 'second', [line('of one that lost it')])
  await db.writeAppLog(id, 'first', [line('the end\0')])
  await reading
  expect(seen).not.toContain('of one that lost it')
  expect(new Set(seen).size).toBe(seen.length)
  const { rows } = await pool().query('select sum(jsonb_array_length(lines))::int as count from app_log_batch')
  expect(rows[0].count).toBeGreaterThan(1_500)
  expect(rows[0].count).toBeLessThanOrEqual(2_000)

  expect(await db.renewAppLog(id, 'first')).toBe(true)
  await pool().query(`update app_log_follow set seen_at = now() - interval '31 seconds'`)
  expect(await db.renewAppLog(id, 'first')).toBe(false)
  expect((await pool().query('select from app_log_batch')).rowCount).toBe(0)
})

test('a log that cannot be followed says why, and so many are followed at once', async () => {
  const cluster = await builtCluster()
  for (let at = 1; at <= 9; at++) await someApp(cluster, `app${at}`)
  const open = (at: number) => db.openAppLog({ cluster, app: `app${at}` })
  for (let at = 1; at <= 8; at++) await open(at)
  await expect(open(9)).rejects.toEqual(refused('logs-busy'))
  const id = await open(1)
  expect(await db.claimAppLog(id, 'first')).not.toBeNull()
  await db.leaveAppLog(id, 'first', { code: 'ssh', message: 'No way to the nodes.', cure: 'Try again.' })
  const following = db.followAppLog(id, new AbortController().signal)
  await expect(following.next()).rejects.toMatchObject({ code: 'ssh', message: 'No way to the nodes.' })
  // Another worker tries again for who comes later.
  expect(await db.claimAppLog(id, 'second')).not.toBeNull()
  await db.leaveAppLog(id, 'second', null)
  expect(await db.claimAppLog(id, 'third')).not.toBeNull()
})

test('the checks are told of a deploy that failed until one succeeds, without lines of its log', async () => {
  const cluster = await builtCluster()
  const id = await idOf(cluster)
  await someApp(cluster, 'page')
  const failed = async () => (await db.readAppFacts(id)).map((facts) => [facts.name, facts.failed?.outcome ?? null])
  expect(await failed()).toEqual([['page', null]])
  const deploy = async () =>
    (await db.requestDeploy({ cluster, app: 'page', from: { upload: await someUpload(cluster) }, by })).run!
  const outcome = {
    status: 'failed' as const,
    changed: 0,
    seconds: 1,
    message: 'It ends at once.\nsecret line',
    nodes: [],
  }
  await db.endRun((await db.claimRun(await deploy(), 'worker'))!, { status: 'failed', outcome, trouble: null })
  expect(await failed()).toEqual([['page', 'It ends at once.']])
  await db.tendDeploys()
  expect(await failed()).toEqual([['page', 'It ends at once.']])
  const running = (await db.claimRun(await deploy(), 'worker'))!
  expect(await failed()).toEqual([['page', 'It ends at once.']])
  await db.endRun(running, { status: 'succeeded', outcome: { ...outcome, status: 'succeeded' }, trouble: null })
  expect(await failed()).toEqual([['page', null]])
  expect(
    (await db.listTimeline({ cluster, from: new Date(Date.now() - 60_000), to: new Date() })).at(-1),
  ).toMatchObject({
    kind: 'deploy',
    words: expect.stringMatching(/^Deploy of page succeeded/),
  })
})

test('a command of an app is a run of its own, and is never repeated by itself', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'page')
  const ask = (change: object = {}) => db.requestAppCommand({ cluster, app: 'page', command: 'ls -l', by, ...change })
  await expect(ask({ command: 'two\nlines' })).rejects.toMatchObject({
    code: 'command-invalid',
    fields: { command: expect.any(String) },
  })
  await expect(ask({ app: 'shop' })).rejects.toEqual(refused('app-unknown'))
  const run = await ask()
  await expect(ask()).rejects.toEqual(refused('run-active'))
  const claimed = (await db.claimRun(run, 'worker'))!
  expect(claimed.request).toEqual({ kind: 'app-command', appCommand: { app: 'page', command: 'ls -l' } })
  const outcome = { status: 'failed' as const, changed: 0, seconds: 1, message: 'It ended with 2.', nodes: [] }
  await db.endRun(claimed, { status: 'failed', outcome, trouble: null })
  expect((await db.getRun(run))!.app).toBe('page')
  await expect(db.retryRun({ run, by })).rejects.toEqual(refused('app-no-retry'))
  await expect(db.requestRun({ cluster, request: claimed.request, by })).rejects.toEqual(refused('app-elsewhere'))
})
