import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ReleaseStore } from './release-store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-releases-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const digestOf = (n: number) => String(n).repeat(64).slice(0, 64)
const resolved = { kind: 'static', processes: {}, release: null, health: '/', folder: '.' } as const

async function add(
  store: ReleaseStore,
  n: number,
  over: { app?: string; environment?: string; served?: boolean } = {},
) {
  const path = join(folder, `upload-${n}`)
  writeFileSync(path, 'x'.repeat(100))
  const { app = 'blog', environment = 'e'.repeat(64), served = true } = over
  const kept = await store.add({ app, digest: digestOf(n), environment, resolved, message: null, served }, path)
  rmSync(path)
  return kept
}

it('keeps the newest of an app, and a release that is deployed again becomes the newest', async () => {
  const store = new ReleaseStore(join(folder, 'store'), { perApp: 3, bytes: 1e9 })
  for (const n of [1, 2, 3, 1, 4]) await add(store, n)
  expect((await store.list('blog')).map(({ digest }) => digest)).toEqual([4, 1, 3].map(digestOf))
  expect(statSync((await store.archiveOf(digestOf(3)))!).size).toBe(100)
  expect(await store.keep('blog')).toEqual({
    releases: [4, 1, 3].map(digestOf),
    environments: ['e'.repeat(64)],
  })
  // Another process sees the same.
  expect(await new ReleaseStore(join(folder, 'store')).list('blog')).toHaveLength(3)
})

it('one release with two environments is two entries and one archive', async () => {
  const store = new ReleaseStore(join(folder, 'store'))
  await add(store, 1)
  await add(store, 1, { environment: 'f'.repeat(64) })
  expect(await store.list('blog')).toHaveLength(2)
  expect(readdirSync(join(folder, 'store/archives'))).toHaveLength(1)
})

it('archives that nothing names go, but not one that another process has just written', async () => {
  const store = new ReleaseStore(join(folder, 'store'), { perApp: 1, bytes: 1e9 })
  await add(store, 1)
  await add(store, 2)
  const archives = join(folder, 'store/archives')
  expect(readdirSync(archives)).toHaveLength(2)
  utimesSync(join(archives, `${digestOf(1)}.tar`), 0, 0)
  await add(store, 3)
  expect(readdirSync(archives).sort()).toEqual([2, 3].map((n) => `${digestOf(n)}.tar`))
})

it('is bounded in all, and a release to roll back to stays', async () => {
  const store = new ReleaseStore(join(folder, 'store'), { perApp: 5, bytes: 450 })
  for (const n of [1, 2, 3]) await add(store, n)
  await add(store, 4, { app: 'shop' })
  await add(store, 5, { app: 'shop' })
  expect((await store.list('blog')).map(({ digest }) => digest)).toEqual([3, 2].map(digestOf))
  expect(await store.list('shop')).toHaveLength(2)
  await expect(add(store, 6, { app: 'page' })).rejects.toMatchObject({ code: 'releases-full' })
})

it('a release that was to be deployed takes no place of one that served', async () => {
  const store = new ReleaseStore(join(folder, 'store'), { perApp: 2, bytes: 1e9 })
  await add(store, 1)
  await add(store, 2)
  await add(store, 3, { served: false })
  const listed = async () => (await store.list('blog')).map(({ digest, served }) => [digest[0], served])
  expect(await listed()).toEqual([
    ['3', false],
    ['2', true],
    ['1', true],
  ])
  await add(store, 3)
  expect(await listed()).toEqual([
    ['3', true],
    ['2', true],
  ])
})

it('deploys that fail one after the other take nothing from what served', async () => {
  const store = new ReleaseStore(join(folder, 'store'), { perApp: 5, bytes: 450 })
  await add(store, 1)
  await add(store, 2)
  for (const n of [3, 4, 5, 6]) {
    await add(store, n, { served: false })
    // As when the nodes were given nothing of it for an hour.
    for (const file of readdirSync(join(folder, 'store/archives')))
      utimesSync(join(folder, 'store/archives', file), 0, 0)
  }
  const list = await store.list('blog')
  expect(list.filter(({ served }) => served).map(({ digest }) => digest)).toEqual([2, 1].map(digestOf))
  expect(list.length).toBeLessThanOrEqual(5)
  expect((await store.keep('blog')).releases).toEqual([2, 1].map(digestOf))
  for (const n of [1, 2, 6]) expect(await store.archiveOf(digestOf(n))).not.toBeNull()
})

it('an entry that is damaged hides no other one', async () => {
  const store = new ReleaseStore(join(folder, 'store'))
  await add(store, 1)
  writeFileSync(join(folder, 'store/apps/blog/torn.json'), '{"app":"bl')
  expect(await store.list('blog')).toHaveLength(1)
})

it('forgets an app', async () => {
  const store = new ReleaseStore(join(folder, 'store'))
  await add(store, 1)
  utimesSync(join(folder, 'store/archives', `${digestOf(1)}.tar`), 0, 0)
  await store.removeApp('blog')
  expect(await store.list('blog')).toEqual([])
  await expect(store.archiveOf('../../etc/passwd')).rejects.toThrow()
})
