/** What is kept of a release that serves: a real database, a real folder of releases. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { prisma } from '@bramble/db'
import { keepRelease, keptReleases } from '@bramble/db/apps'
import { builtCluster, someApp } from '@bramble/db/test/apps'
import { useDatabase } from '@bramble/db/test/database'
import { ReleaseStore } from '@bramble/provision'
import { expect, test } from 'vitest'
import { afterKeeping, keepEnvironment } from './keep-serving.ts'

useDatabase()
const digest = (letter: string) => letter.repeat(64)
const outcome = { status: 'succeeded' as const, changed: 1, seconds: 1, message: 'Deployed 1 (slot a).', nodes: [] }

test('a restart keeps the new environment with the release that serves, and with no other', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  const before = { environment: { TOKEN: 'old' }, environmentDigest: digest('c') }
  await keepRelease(id, 'blog', digest('1'), { ...before, served: digest('a') })
  await keepRelease(id, 'blog', digest('2'), { ...before, served: digest('b') })
  const serving = { app: 'blog', release: digest('b'), environment: digest('d') }
  await keepEnvironment(id, serving, { TOKEN: 'new' })
  expect(Object.fromEntries(await keptReleases(id, 'blog'))).toEqual({
    [digest('1')]: { ...before, served: digest('a') },
    [digest('2')]: { environment: { TOKEN: 'new' }, environmentDigest: digest('d'), served: digest('b') },
  })
  await keepEnvironment(id, { ...serving, release: digest('e') }, { TOKEN: 'x' })
  expect((await keptReleases(id, 'blog')).size).toBe(2)
})

test('a run has not failed when its release serves and cannot be kept', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'bramble-keep-'))
  try {
    const archive = path.join(folder, 'release.tar')
    await writeFile(archive, 'x'.repeat(100))
    const store = new ReleaseStore(path.join(folder, 'releases'), { perApp: 5, bytes: 10 })
    const resolved = { kind: 'static' as const, processes: {}, release: null, health: '/', folder: '.' }
    const release = { app: 'blog', digest: digest('a'), environment: digest('b'), resolved, message: null }
    const end = await afterKeeping(outcome, async () => {
      await store.add(release, archive)
    })
    expect(end.status).toBe('partial')
    expect(end.message).toMatch(/^Deployed 1 \(slot a\)\. The release serves, .*kept releases take.*Remove apps/)
    expect(await afterKeeping(outcome, async () => undefined)).toBe(outcome)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
