/** Every verb that somebody asks for (`by`) writes into the audit: who, what, and that it was done. One without a call here fails. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BackupRequest, type Operation, RuleName } from '@bramble/cluster'
import ts from 'typescript'
import { expect, test } from 'vitest'
import * as db from '../../test/all.ts'
import { builtCluster, someApp, someUpload } from '../../test/apps.ts'
import { blankCluster, flashOf, someFingerprint, someFlash, someImage, someStation } from '../../test/cards.ts'
import { makeCluster, newCluster, planned } from '../../test/clusters.ts'
import { until, useDatabase } from '../../test/database.ts'
import { watchedCluster } from '../../test/watching.ts'
import type { AuditVerb } from './audit-verbs.ts'

useDatabase()
const by = 'auditor@example.test (token sweep)'

async function somebody(change: { role?: string; twoFactorEnabled?: boolean } = {}): Promise<string> {
  const id = randomUUID()
  await db.prisma().user.create({ data: { id, name: 'Somebody', email: `${id}@example.test`, ...change } })
  return id
}

async function session(userId: string): Promise<string> {
  const id = randomUUID()
  await db
    .prisma()
    .session.create({ data: { id, token: randomUUID(), userId, expiresAt: new Date(Date.now() + 60_000) } })
  return id
}

const stationName = () => `shed-${randomUUID().slice(0, 8)}`

async function image(): Promise<{ id: string; station: string }> {
  const { id: station } = await someStation()
  return { id: await someImage(station), station }
}

const channel = () =>
  db.addChannel({
    name: `Channel ${randomUUID().slice(0, 8)}`,
    config: { kind: 'ntfy', server: 'https://ntfy.example.org', topic: 'shelf' },
    leastLevel: 'warning',
    by: 'setup',
  })

const silence = async (cluster: string, asker: string) =>
  db.silenceAlerts({
    ...{ cluster, rule: null, node: null, reason: 'rehearsal', by: asker },
    until: new Date(Date.now() + 60_000),
  })

const operate = async (operation: Operation, typed?: string) =>
  db.requestOperation({ cluster: await makeCluster(), operation, typed, by })

const upgraded = async (kind: 'upgrade-back' | 'upgrade-finish') => {
  const cluster = await makeCluster()
  const { spec } = (await db.getCluster(cluster))!
  const postgres = { version: 17, wayBack: { version: 15, since: '2026-05-01T12:00:00.000Z' } } as const
  await db.updateSpec({ cluster, spec: { ...spec, postgres }, by: 'setup' })
  await db.requestOperation({ cluster, operation: { kind }, typed: cluster, by })
}

const onNode = { repository: { kind: 'node', node: 'pi-1' } }
const askBackup = async (request: BackupRequest) => {
  const cluster = await makeCluster()
  await db.changeBackups({ cluster, backup: onNode, by: 'setup' })
  const approved = 'd'.repeat(64)
  await planned(cluster, approved)
  const run = await db.requestRun({ cluster, request: { kind: 'provision', approved }, by: 'setup' })
  const outcome = { status: 'succeeded' as const, changed: 0, seconds: 1, message: '', nodes: [] }
  await db.endRun((await db.claimRun(run, 'worker'))!, { status: 'succeeded', outcome, trouble: null })
  await db.requestBackup({ cluster, request, typed: cluster, by })
}

const withApp = async () => {
  const cluster = await builtCluster()
  await someApp(cluster)
  return { cluster, app: 'page' }
}

const withRepository = async (url = 'https://git.example.org/page.git') => {
  const at = await withApp()
  await db.setGitSource({ ...at, source: { url }, by: 'setup' })
  return at
}

const withContainer = async () => {
  const at = await withApp()
  await db.setImageSource({ ...at, source: { reference: 'nginx' }, by: 'setup' })
  return at
}

/** Calls each verb as a person would; several when its name in the audit depends on what is asked. */
const calls: Record<string, Partial<Record<AuditVerb, () => Promise<unknown>>>> = {
  addChannel: {
    'channel.add': () =>
      db.addChannel({
        name: 'Phone',
        config: { kind: 'ntfy', server: 'https://ntfy.example.org', topic: 'shelf' },
        leastLevel: 'warning',
        by,
      }),
  },
  changeChannel: { 'channel.change': async () => db.changeChannel({ ...(await channel()), enabled: false, by }) },
  removeChannel: { 'channel.remove': async () => db.removeChannel({ ...(await channel()), by }) },
  testChannel: { 'channel.test': async () => db.testChannel({ ...(await channel()), by }) },
  changeRetention: {
    'retention.change': () => db.changeRetention({ retention: { runs: 30, logs: 30, audit: 30 }, by }),
  },
  changeRule: {
    'alert.rule': async () =>
      db.changeRule({ cluster: await makeCluster(), rule: RuleName.options[0]!, setting: { enabled: false }, by }),
  },
  silenceAlerts: { 'alert.silence': async () => silence(await makeCluster(), by) },
  endSilence: {
    'alert.unsilence': async () => db.endSilence({ ...(await silence(await makeCluster(), 'setup')), by }),
  },
  createCluster: { 'cluster.create': () => db.createCluster({ ...newCluster(), by }) },
  updateSpec: {
    'cluster.update': async () => {
      const view = (await db.getCluster(await makeCluster()))!
      await db.updateSpec({ cluster: view.name, spec: { ...view.spec, synchronous: !view.spec.synchronous }, by })
    },
  },
  removeCluster: {
    'cluster.remove': async () => {
      const cluster = await makeCluster()
      await db.removeCluster({ cluster, typedName: cluster, by })
    },
  },
  pinHostKey: {
    'node.pin-host-key': async () =>
      db.pinHostKey({ cluster: await blankCluster(), node: 'pi-1', fingerprint: someFingerprint(), by }),
  },
  addNode: {
    'node.add': async () =>
      db.addNode({ cluster: await makeCluster(), node: { name: 'pi-9', address: '10.77.0.9' }, by }),
  },
  removeNode: {
    'node.remove': async () => db.removeNode({ cluster: await makeCluster(), node: 'pi-1', typed: 'pi-1', by }),
  },
  replaceNode: {
    'node.replace': async () => {
      const cluster = await makeCluster()
      const { address } = (await db.getCluster(cluster))!.spec.nodes[0]!
      await db.replaceNode({ cluster, node: { name: 'pi-1', address }, typed: 'pi-1', by })
    },
  },
  setLogin: {
    'node.set-login': async () =>
      db.setLogin({ cluster: await makeCluster(), node: 'pi-1', login: { password: 'typed' }, by }),
  },
  requestProbe: {
    probe: () => db.requestProbe({ address: '192.0.2.7', port: 22, user: 'pi', by }),
  },
  requestFlash: {
    'flash.request': async () => {
      const station = await someStation()
      const flash = flashOf(station, await someImage(station.id))
      await db.requestFlash({ cluster: await blankCluster(), flash, confirmed: {}, by })
    },
  },
  addImage: {
    'image.add': () =>
      db.addImage({ name: 'Trixie', source: { kind: 'url', url: 'https://images.example.org/a.img.xz' }, by }),
  },
  requestImageCopy: {
    'image.fetch': async () => {
      const { id } = await image()
      await db.requestImageCopy({ image: id, station: (await someStation()).id, by })
    },
  },
  pinImage: {
    'image.pin': async () => db.pinImage({ id: (await image()).id, pinned: true, by }),
    'image.unpin': async () => db.pinImage({ id: (await image()).id, pinned: false, by }),
  },
  removeImage: { 'image.remove': async () => db.removeImage({ id: (await image()).id, by }) },
  requestRun: {
    'run.plan': async () => db.requestRun({ cluster: await makeCluster(), request: { kind: 'plan' }, by }),
    'run.provision': async () => {
      const [cluster, approved] = [await makeCluster(), 'a'.repeat(64)]
      await planned(cluster, approved)
      await db.requestRun({ cluster, request: { kind: 'provision', approved }, by })
    },
    'run.reprovision': async () => {
      const [cluster, approved] = [await makeCluster(), 'b'.repeat(64)]
      await planned(cluster, approved)
      await db.requestRun({ cluster, request: { kind: 'reprovision', approved }, by })
    },
  },
  retryRun: {
    'run.retry': async () => {
      const run = await db.requestRun({ cluster: await makeCluster(), request: { kind: 'plan' }, by: 'setup' })
      const lease = (await db.claimRun(run, 'worker'))!
      const outcome = { status: 'failed' as const, changed: 0, seconds: 1, message: 'No.', nodes: [] }
      await db.endRun(lease, { status: 'failed', outcome, trouble: null })
      await db.retryRun({ run, by })
    },
  },
  requestCancel: { 'run.cancel': async () => db.requestCancel({ run: (await someFlash()).run, by }) },
  requestServerSwitch: {
    'run.server-switch': async () => {
      const { name: cluster } = await watchedCluster()
      const change = { backend: 'web', server: 'pi-3', state: 'drain' as const, wait: 60 }
      await db.requestServerSwitch({ cluster, change, by })
    },
  },
  requestOperation: {
    'run.switchover': () => operate({ kind: 'switchover', to: 'pi-2' }),
    'run.restart': () => operate({ kind: 'restart', part: 'postgres', nodes: ['pi-2'] }),
    'run.delete-kept-data': () => operate({ kind: 'delete-kept-data', node: 'pi-2' }, 'pi-2'),
    'run.reinit': () => operate({ kind: 'reinit', node: 'pi-2' }, 'pi-2'),
    'run.pause': () => operate({ kind: 'pause' }),
    'run.resume': () => operate({ kind: 'resume' }),
    'run.update': () => operate({ kind: 'update', nodes: ['pi-2'] }),
    'run.shutdown': async () => {
      const cluster = await makeCluster()
      await db.requestOperation({ cluster, operation: { kind: 'shutdown' }, typed: cluster, by })
    },
    'run.recover-quorum': async () => {
      const cluster = await makeCluster()
      await db.requestOperation({ cluster, operation: { kind: 'recover-quorum' }, typed: cluster, by })
    },
    'run.upgrade': () => operate({ kind: 'upgrade', to: 17 }),
    'run.upgrade-back': () => upgraded('upgrade-back'),
    'run.upgrade-finish': () => upgraded('upgrade-finish'),
    'run.reset-password': async () => {
      const cluster = await makeCluster()
      await db.requestOperation({ cluster, operation: { kind: 'reset-password' }, typed: cluster, by })
    },
    'run.rotate-secrets': async () => {
      const cluster = await makeCluster()
      const operation = { kind: 'rotate-secrets', application: true, sftp: false }
      await db.requestOperation({ cluster, operation, typed: cluster, by })
    },
  },
  keepPassword: {
    'secret.password': async () => db.keepPassword({ cluster: await makeCluster(), password: 'theirs-is-long', by }),
  },
  requestDrill: {
    'run.drill': async () => {
      const cluster = await makeCluster()
      await db.requestDrill({ cluster, drill: { class: 'primary-kill' }, typed: cluster, by })
    },
  },
  changeBackups: {
    'backup.settings': async () => db.changeBackups({ cluster: await makeCluster(), backup: onNode, by }),
  },
  requestBackup: {
    'run.backup': () => askBackup({ kind: 'backup', type: 'full' }),
    'run.restore': () => askBackup({ kind: 'restore', to: null }),
    'run.restore-drill': () => askBackup({ kind: 'restore-drill' }),
  },
  revealPassphrase: {
    'backup.passphrase': async () => {
      const cluster = await makeCluster()
      await db.changeBackups({ cluster, backup: onNode, by: 'setup' })
      const { id } = await db.prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
      await db.storeIssuedSecrets(id, { 'backup.passphrase': 'correct horse' })
      const asked = db.revealPassphrase({ cluster, by })
      await until('the question is there', async () => (await db.prisma().reveal.count()) === 1)
      await db.answerReveal((await db.prisma().reveal.findFirstOrThrow()).id)
      expect(await asked).toBe('correct horse')
    },
  },
  beginSample: {
    'app.upload': async () => db.beginSample({ cluster: await makeCluster(), sample: 'page', by }),
  },
  beginUpload: {
    'app.upload': async () => db.beginUpload({ cluster: await makeCluster(), upload: { name: 'site', size: 9 }, by }),
  },
  discardUpload: {
    'app.upload': async () => {
      const cluster = await makeCluster()
      await db.discardUpload({ cluster, upload: await someUpload(cluster), by })
    },
  },
  changeApp: { 'app.change': async () => db.changeApp({ ...(await withApp()), change: { memory: 64 }, by }) },
  changeEnvironment: {
    'app.environment': async () =>
      db.changeEnvironment({ ...(await withApp()), set: { TOKEN: 'x' }, secret: true, unset: [], by }),
  },
  requestDeploy: {
    'run.deploy': async () => {
      const cluster = await builtCluster()
      await db.requestDeploy({ cluster, app: 'page', from: { upload: await someUpload(cluster) }, by })
    },
  },
  requestRollback: {
    'run.rollback': async () => {
      const { cluster, app } = await withApp()
      const { release } = (await db.getApp(cluster, app))!
      await db.requestRollback({ cluster, app, release: release!.id, by })
    },
  },
  requestRestart: { 'run.restart-app': async () => db.requestRestart({ ...(await withApp()), by }) },
  requestScale: { 'run.scale-app': async () => db.requestScale({ ...(await withApp()), places: { count: 1 }, by }) },
  requestAvailability: {
    'run.stop-app': async () => db.requestAvailability({ ...(await withApp()), to: 'stopped', by }),
    'run.start-app': async () => db.requestAvailability({ ...(await withApp()), to: 'running', by }),
    'run.maintain-app': async () => db.requestAvailability({ ...(await withApp()), to: 'maintenance', by }),
  },
  requestRemoval: { 'run.remove-app': async () => db.requestRemoval({ ...(await withApp()), typed: 'page', by }) },
  setGitSource: {
    'app.source': async () => db.setGitSource({ ...(await withApp()), source: { url: 'git@host:page.git' }, by }),
  },
  setImageSource: {
    'app.source': async () => db.setImageSource({ ...(await withApp()), source: { reference: 'nginx' }, by }),
  },
  removeImageSource: { 'app.source': async () => db.removeImageSource({ ...(await withContainer()), by }) },
  requestImageDeploy: { 'run.deploy': async () => db.requestImageDeploy({ ...(await withContainer()), by }) },
  removeGitSource: { 'app.source': async () => db.removeGitSource({ ...(await withRepository()), by }) },
  checkGitSource: { 'app.source': async () => db.checkGitSource({ ...(await withRepository()), by }) },
  newGitHook: { 'app.webhook': async () => db.newGitHook({ ...(await withRepository()), by }) },
  requestGitDeploy: { 'run.deploy': async () => db.requestGitDeploy({ ...(await withRepository()), by }) },
  acceptGitHostKey: {
    'app.host-key': async () => {
      const { cluster, app } = await withRepository('git@host:page.git')
      const { id } = await db.prisma().app.findFirstOrThrow({ where: { name: app, cluster: { name: cluster } } })
      await db.endGitCheck(id, 'git@host:page.git', { shownKey: 'ssh-ed25519 AAAA', trouble: null })
      const { source } = (await db.getApp(cluster, app))!
      await db.acceptGitHostKey({ cluster, app, fingerprint: source!.shownHostKey!, by })
    },
  },
  requestAppCommand: {
    'run.app-command': async () => db.requestAppCommand({ ...(await withApp()), command: 'ls', by }),
  },
  cancelDeploy: {
    'app.cancel': async () => {
      const { cluster, app } = await withApp()
      await db.requestRun({ cluster, request: { kind: 'plan' }, by: 'setup' })
      const { deploy } = await db.requestRestart({ cluster, app, by: 'setup' })
      await db.cancelDeploy({ cluster, deploy, by })
    },
  },
  resetSecondFactor: {
    'totp.reset': async () => db.resetSecondFactor({ user: await somebody({ twoFactorEnabled: true }), by }),
  },
  endSession: {
    'sessions.revoke': async () => {
      const user = await somebody()
      await db.endSession({ user, session: await session(user), by })
    },
  },
  endOtherSessions: {
    'sessions.revoke': async () => {
      const user = await somebody()
      await db.endOtherSessions({ user, keep: await session(user), by })
    },
  },
  createToken: {
    'token.create': async () =>
      db.createToken({ user: await somebody(), name: 'nightly', role: 'viewer', days: 30, by }),
  },
  revokeTokensOf: {
    'token.revoke': async () => {
      await db.revokeTokensOf({ user: await somebody(), by })
    },
  },
  createStationCode: { 'station.code': () => db.createStationCode({ name: stationName(), by }) },
  removeStation: {
    'station.remove': async () => {
      const { code } = await db.createStationCode({ name: stationName(), by: 'setup' })
      const { station, name } = (await db.joinStation({ code, publicKey: new Uint8Array(32) }))!
      await db.removeStation({ station, typedName: name, by })
    },
  },
  revokeToken: {
    'token.revoke': async () => {
      const user = await somebody()
      const { id } = await db.createToken({ user, name: 'nightly', role: 'viewer', days: 30, by: 'setup' })
      await db.revokeToken({ token: id, by })
    },
  },
  setUserRole: { 'user.role': async () => db.setUserRole({ user: await somebody(), role: 'operator', by }) },
  removeUser: { 'user.remove': async () => db.removeUser({ user: await somebody(), by }) },
  changeAccount: {
    'account.change': async () =>
      db.changeAccount({ user: await somebody(), name: 'Other', email: `${randomUUID()}@example.test`, by }),
  },
}

/** Functions that the package exports whose input says who asks, as the compiler sees them. */
function askedVerbs(): string[] {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string>
  }
  const fronts = Object.values(exports)
    .filter((file) => file.endsWith('/index.ts'))
    .map((file) => path.join(root, file))
  const config = ts.getParsedCommandLineOfConfigFile(path.join(root, 'tsconfig.json'), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (problem) => {
      throw new Error(String(problem.messageText))
    },
  })
  const program = ts.createProgram(fronts, config!.options)
  const checker = program.getTypeChecker()
  return fronts
    .flatMap((front) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(front)!)!))
    .filter((symbol) => {
      const aliased = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      const declared = aliased.valueDeclaration
      if (!declared || !ts.isFunctionDeclaration(declared)) return false
      const [input] = checker.getTypeOfSymbolAtLocation(aliased, declared).getCallSignatures()[0]?.parameters ?? []
      const asking = input && checker.getTypeOfSymbolAtLocation(input, declared).getProperty('by')
      // Who only reads may leave it out: there it is a filter.
      return asking !== undefined && !(asking.flags & ts.SymbolFlags.Optional)
    })
    .map((symbol) => symbol.name)
    .sort()
}

test('every verb that somebody asks for is called here', () => {
  expect(askedVerbs()).toEqual(Object.keys(calls).sort())
})

const each = Object.entries(calls).flatMap(([verb, ways]) =>
  Object.entries(ways).map(([what, call]) => ({ verb, what, call })),
)

test.each(each)('$verb writes $what', async ({ what, call }) => {
  const before = (await db.listAudit({ limit: 1 })).entries[0]?.id ?? '0'
  await call()
  const written = (await db.listAudit({ who: by })).entries.filter(({ id }) => BigInt(id) > BigInt(before))
  expect(written.map((entry) => [entry.who, entry.what, entry.outcome])).toEqual([[by, what, 'done']])
})
