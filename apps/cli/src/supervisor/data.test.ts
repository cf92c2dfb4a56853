import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultDataDir, loadKeys, openDataDir } from './data.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-data-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('the folder follows XDG, and a relative XDG path is ignored', () => {
  expect(defaultDataDir({ XDG_DATA_HOME: '/srv/data' })).toBe('/srv/data/bramble')
  const home = path.join(homedir(), '.local/share/bramble')
  expect(defaultDataDir({})).toBe(home)
  expect(defaultDataDir({ XDG_DATA_HOME: 'here' })).toBe(home)
})

test('the folder and the keys are for their owner alone, whatever they were', async () => {
  await chmod(folder, 0o755)
  const dir = await openDataDir(folder)
  await loadKeys(dir)
  expect((await stat(dir)).mode & 0o777).toBe(0o700)
  await chmod(path.join(dir, 'keys.json'), 0o644)
  await loadKeys(dir)
  expect((await stat(path.join(dir, 'keys.json'))).mode & 0o777).toBe(0o600)
})

test('keys stay the same, and two installs share none', async () => {
  const first = await loadKeys(await openDataDir(path.join(folder, 'one')))
  const other = await loadKeys(await openDataDir(path.join(folder, 'two')))
  expect(await loadKeys(path.join(folder, 'one'))).toEqual(first)
  expect(Buffer.from(first.secretKey, 'base64')).toHaveLength(32)
  const all = [...Object.values(first), ...Object.values(other)]
  expect(new Set(all).size).toBe(all.length)
})

test.each(['', '{', 'null', '[]', '{"secretKey":"short"}'])('damaged keys (%j) are refused and kept', async (text) => {
  await writeFile(path.join(folder, 'keys.json'), text)
  await expect(loadKeys(folder)).rejects.toThrow(/damaged.*backup/)
  expect(await readFile(path.join(folder, 'keys.json'), 'utf8')).toBe(text)
})

test('two that start at once do not both make keys', async () => {
  const outcomes = await Promise.allSettled([loadKeys(folder), loadKeys(folder)])
  const kept = await loadKeys(folder)
  expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true)
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') expect(outcome.value).toEqual(kept)
})
