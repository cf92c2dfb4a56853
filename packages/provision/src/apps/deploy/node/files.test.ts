/** Files of apps on a node, with the real script on this machine. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, run } from '@bramble/process'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { thisMachine } from '../../../../test/machine.ts'
import { readSource } from '../../source/index.ts'
import { copyRelease, filesState, pruneFiles, removeFiles, writeEnvironment } from './files.ts'

let folder: string
let at: { app: string; root: string; group: string; states: string }
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-app-files-'))
  const group = (await must(['id', '-gn'])).trim()
  at = { app: 'blog', root: join(folder, 'apps'), group, states: join(folder, 'states') }
  mkdirSync(join(at.root, 'blog'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function release(text: string) {
  const source = join(folder, `source-${text}`)
  mkdirSync(join(source, 'bin'), { recursive: true })
  writeFileSync(join(source, 'index.html'), text)
  writeFileSync(join(source, 'bin/start'), '#!/bin/sh\n', { mode: 0o755 })
  return readSource({ source, into: join(folder, 'kept'), look: async () => null })
}

const releaseFolder = (digest: string) => join(at.root, 'blog/releases', digest)

it('a release has its name when it is complete, cannot be written by its group, and is not copied twice', async () => {
  const made = await release('one')
  const steps: number[] = []
  const copy = () => copyRelease(thisMachine, { at, release: made, progress: (sent) => steps.push(sent) })
  await copy()
  expect(readFileSync(join(releaseFolder(made.digest), 'index.html'), 'utf8')).toBe('one')
  expect(statSync(join(releaseFolder(made.digest), 'index.html')).mode & 0o777).toBe(0o640)
  expect(statSync(join(releaseFolder(made.digest), 'bin/start')).mode & 0o777).toBe(0o750)
  expect(readdirSync(join(at.root, 'blog/incoming'))).toEqual([])
  expect(await filesState(thisMachine, at, made.digest)).toMatchObject({ ready: true, release: true })
  const before = steps.length
  await copy()
  expect(steps).toHaveLength(before)
})

it('files of two releases never have the same time, and those of one release do wherever it is copied', async () => {
  const [one, two] = [await release('one'), await release('two')]
  const time = async (made: { digest: string; path: string }) => {
    await copyRelease(thisMachine, { at, release: made })
    return statSync(join(releaseFolder(made.digest), 'index.html')).mtimeMs
  }
  const first = await time(one)
  expect(await time(two)).not.toBe(first)
  rmSync(releaseFolder(one.digest), { recursive: true })
  expect(await time(one)).toBe(first)
})

it('what an interrupted copy left is removed by the next one, and other releases stay', async () => {
  const made = await release('one')
  mkdirSync(join(at.root, 'blog/releases', `.${made.digest}.new`, 'half'), { recursive: true })
  await copyRelease(thisMachine, { at, release: made })
  expect(readdirSync(join(at.root, 'blog/releases'))).toEqual([made.digest])
  writeFileSync(join(at.root, 'blog/incoming/other.tar.part'), 'half')
  await pruneFiles(thisMachine, at, { releases: [made.digest], environments: [] })
  expect(readdirSync(join(at.root, 'blog/incoming'))).toEqual([])
  expect(readdirSync(join(at.root, 'blog/releases'))).toEqual([made.digest])
  // Before a deploy copies its release: what it copied before it was interrupted stays.
  const coming = { digest: 'c'.repeat(64) }
  for (const name of [coming, made]) writeFileSync(join(at.root, `blog/incoming/${name.digest}.tar.part`), 'half')
  await pruneFiles(thisMachine, at, { releases: [made.digest, coming.digest], environments: [] })
  expect(readdirSync(join(at.root, 'blog/incoming'))).toEqual([`${coming.digest}.tar.part`])
  await pruneFiles(thisMachine, at, { releases: [], environments: [] })
  expect(readdirSync(join(at.root, 'blog/releases'))).toEqual([])
})

it('an archive that cannot be unpacked leaves nothing on the card', async () => {
  const path = join(folder, 'damaged.tar')
  writeFileSync(path, 'x'.repeat(20_000))
  const digest = (await must(['sha256sum', path])).slice(0, 64)
  await expect(copyRelease(thisMachine, { at, release: { digest, path } })).rejects.toMatchObject({ code: 'app-files' })
  for (const name of ['releases', 'incoming'])
    expect([name, readdirSync(join(at.root, 'blog', name))]).toEqual([name, []])
})

it('an archive that is not what its digest says becomes no release', async () => {
  const made = await release('one')
  const wrong = { digest: 'f'.repeat(64), path: made.path }
  await expect(copyRelease(thisMachine, { at, release: wrong })).rejects.toMatchObject({ code: 'transfer-damaged' })
  expect(await filesState(thisMachine, at, wrong.digest)).toMatchObject({ release: false })
})

it('an environment is for root only, and an app that is removed leaves nothing', async () => {
  const content = 'A="x\ny"\n'
  const digest = (await must(['sha256sum'], { stdin: content })).slice(0, 64)
  await writeEnvironment(thisMachine, at, { digest, content })
  const path = join(at.root, 'blog/environments', digest)
  expect(readFileSync(path, 'utf8')).toBe(content)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  mkdirSync(join(at.states, 'bramble-app-blog'), { recursive: true })
  await removeFiles(thisMachine, at)
  expect([readdirSync(at.root), readdirSync(at.states)]).toEqual([[], []])
  await removeFiles(thisMachine, at)
})

it('folders of any depth are removed', async () => {
  // Neither Node nor Python removes them by recursion.
  mkdirSync(join(at.states, 'bramble-app-blog', 'd/'.repeat(1_500)), { recursive: true })
  await removeFiles(thisMachine, at)
  expect(readdirSync(at.states)).toEqual([])
})

it('two copies of a release do not disturb each other', async () => {
  const made = await release('one')
  await copyRelease(thisMachine, { at, release: made })
  rmSync(releaseFolder(made.digest), { recursive: true })
  const lock = ['flock', '--exclusive', join(at.root, 'blog/environments'), 'sleep', '3']
  const [began, held] = [Date.now(), must(lock)]
  await vi.waitUntil(async () => (await run(['flock', '--nonblock', lock[2]!, 'true'])).code !== 0, { timeout: 30_000 })
  await copyRelease(thisMachine, { at, release: made })
  expect(Date.now() - began).toBeGreaterThanOrEqual(3_000)
  await held
  expect(readdirSync(join(at.root, 'blog/releases'))).toEqual([made.digest])
})

it('a node without the user of the app is not ready', async () => {
  const other = { ...at, group: 'app-of-nobody' }
  expect(await filesState(thisMachine, other, 'a'.repeat(64))).toMatchObject({ ready: false, release: false })
})
