/** An app that comes from a private git repository: by the worker as the dashboard asks it, by polling, and by the command line. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prisma } from '@bramble/db'
import { acceptGitHostKey, getApp, requestGitDeploy, setGitSource } from '@bramble/db/apps'
import { getRun, readLog } from '@bramble/db/runs'
import { until, useDatabase } from '@bramble/db/test/database'
import { GitServer } from '@bramble/provision/test/git-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppCommands, appCommands, smallApp } from './app-command.ts'
import { askHost, startVisitors } from './app-visitors.ts'
import { openStage, type Stage } from './stage.ts'
import { watchStage } from './watched.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

const minute = 60_000
const by = 'ada@example.org'
const app = 'shop'
const host = 'shop.example'
useDatabase()
let stage: Stage
let server: GitServer
let worker: WorkerProcess
let bramble: AppCommands
beforeAll(async () => {
  stage = await openStage({ id: 120, nodes: 3, built: true })
  await watchStage(stage)
  server = await GitServer.start()
  worker = await startWorkerProcess(stage.id)
  bramble = await appCommands(stage)
}, 15 * minute)
afterAll(async () => {
  bramble?.close()
  await worker?.end()
  await server?.stop()
  await stage?.close()
}, 2 * minute)

const cluster = () => stage.spec.name
const view = async () => (await getApp(cluster(), app))!
const source = async () => (await view()).source!
const set = (change: object = {}) =>
  setGitSource({
    cluster: cluster(),
    app,
    source: { url: server.url, pollSeconds: 30, ...change },
    domains: [host],
    by,
  })
const push = (marker: string, how: { force?: boolean } = {}) => {
  server.write(smallApp(marker))
  return server.push(`Release ${marker}`, how)
}
const serves = (marker: string) =>
  until(`${marker} serves`, async () => (await askHost(stage.site, host)).body === marker, 5 * minute)
const accept = async () => {
  const { shownHostKey } = await source()
  await acceptGitHostKey({ cluster: cluster(), app, fingerprint: shownHostKey!, by })
}
const ended = async (run: string) => {
  await until('the run ends', async () => !['queued', 'running'].includes((await getRun(run))!.status), 6 * minute)
  const lines = (await readLog({ run, from: 0, limit: 5000 })).map(({ text }) => text).join('\n')
  return { status: (await getRun(run))!.status, lines }
}
const trouble = (code: string) =>
  until(`the page says ${code}`, async () => (await source()).trouble?.code === code, 2 * minute)

describe('from the dashboard', () => {
  it(
    'a private repository is deployed with the deploy key of the app, after its host key was confirmed',
    async () => {
      const commit = await push('first')
      await set()
      await until('the worker made a key', async () => (await source()).publicKey !== null, minute)
      await until('the worker saw the host key', async () => (await source()).shownHostKey !== null, minute)
      await accept()
      // The server does not know the key yet.
      await trouble('git-auth')
      server.authorized.push((await source()).publicKey!)
      const { run } = await requestGitDeploy({ cluster: cluster(), app, by })
      const { status, lines } = await ended(run!)
      expect([status, lines]).toEqual(['succeeded', expect.stringContaining(`Fetched ${commit.slice(0, 10)} of main`)])
      await serves('first')
      expect((await view()).releases).toMatchObject([{ commit: { commit, message: 'Release first' }, serves: true }])
      expect(lines).not.toContain('BEGIN OPENSSH')
    },
    12 * minute,
  )

  it(
    'a second commit is picked up by polling, and no request fails meanwhile',
    async () => {
      const load = startVisitors(stage.site, host, 4)
      const commit = await push('second')
      await serves('second')
      await load.stop()
      expect(load.failures()).toEqual([])
      const [deploy] = (await view()).deploys
      expect(deploy).toMatchObject({ requestedBy: 'bramble', commit: { commit }, message: 'Release second' })
    },
    8 * minute,
  )

  it(
    'a server with another host key gets nothing until that is accepted; what serves keeps serving',
    async () => {
      await server.changeHostKey()
      await push('third')
      await trouble('git-host-key-changed')
      expect((await askHost(stage.site, host)).body).toBe('second')
      await accept()
      await serves('third')
    },
    8 * minute,
  )

  it(
    'a force-pushed branch is deployed, and its run says that the history was rewritten',
    async () => {
      await server.git('reset', '--quiet', '--hard', 'HEAD~2')
      await push('fourth', { force: true })
      await serves('fourth')
      const [deploy] = (await view()).deploys
      expect((await ended(deploy!.run!)).lines).toContain('The history of the branch was rewritten')
    },
    8 * minute,
  )

  it(
    'an empty repository and a branch that is missing fail with what to do, and nothing changes',
    async () => {
      const empty = await server.addRepository('empty.git')
      for (const [change, code] of [
        [{ url: empty }, 'git-empty'],
        [{ branch: 'live' }, 'git-branch-missing'],
      ] as const) {
        await set(change)
        await trouble(code)
        const { run } = await requestGitDeploy({ cluster: cluster(), app, by })
        expect((await ended(run!)).status).toBe('failed')
        expect((await prisma().run.findUniqueOrThrow({ where: { id: run! } })).trouble).toMatchObject({ code })
      }
      expect((await askHost(stage.site, host)).body).toBe('fourth')
    },
    8 * minute,
  )
})

describe('from the command line', () => {
  it(
    'the host key is named and accepted, the commit is deployed, and show names it',
    async () => {
      const commit = (await server.git('rev-parse', 'HEAD')).trim()
      const key = join(server.folder, 'key')
      writeFileSync(key, server.key.private, { mode: 0o600 })
      const words = ['deploy', server.url, '--app', 'notes', '--domain', 'notes.example', '--key', key, '--yes']
      const unknown = await bramble.run(...words)
      expect(unknown.code).toBe(1)
      const print = /--host-key (SHA256:\S{43})/.exec(unknown.stderr + unknown.stdout)?.[1]
      const end = await bramble.must(...words, '--host-key', print!)
      expect(end.stdout).toContain(`Commit            ${commit.slice(0, 10)} Release fourth (Ada Lovelace)`)
      expect((await askHost(stage.site, 'notes.example')).body).toBe('fourth')
      expect((await bramble.must('show', 'notes')).stdout).toContain(`main ${commit.slice(0, 10)}`)
    },
    8 * minute,
  )
})
