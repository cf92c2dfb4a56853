import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { must, run } from '@bramble/process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { factsFor } from '../../../test/context.ts'
import { keptDataOf, keptDataScript } from './kept-data.ts'

let folder: string
let data: string
let kept: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-rewind-'))
  data = path.join(folder, 'shelf')
  kept = keptDataOf(data)
  await must(['mkdir', '-p', path.join(data, 'global')])
  await write('before')
  await writeFile(path.join(folder, 'wrapper'), keptDataScript().wanted(factsFor([])).text, { mode: 0o755 })
  await symlink('wrapper', path.join(folder, 'pg_rewind'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = async (words: string) => {
  for (const name of ['global/pg_control', 'rows']) {
    await rm(path.join(data, name), { force: true })
    await writeFile(path.join(data, name), words)
  }
}
/** As the package's own program that ends like this. */
async function rewind(code: number, ...argv: string[]) {
  const own = path.join(folder, 'pg_rewind.distrib')
  await writeFile(own, `#!/bin/sh\necho "own $*"\nexit ${code}\n`)
  await chmod(own, 0o755)
  return run([path.join(folder, 'pg_rewind'), ...(argv.length > 0 ? argv : ['-D', data, '--source-server', 'host=x'])])
}
const rows = () => readFile(path.join(kept, 'rows'), 'utf8')

test('a failed rewind keeps the data, which then outlive their deletion', async () => {
  const { code, stdout, stderr } = await rewind(1)
  expect([code, stdout.trim()]).toEqual([1, `own -D ${data} --source-server host=x`])
  expect(stderr).toContain(`kept a copy of ${data}`)
  await rm(data, { recursive: true })
  expect(await rows()).toBe('before')
  const [at, kilobytes] = (await readFile(path.join(kept, 'bramble-kept'), 'utf8')).trim().split(' ').map(Number)
  expect(Math.abs(Date.now() / 1000 - at!)).toBeLessThan(600)
  expect(kilobytes).toBeGreaterThan(0)
})

test('the newest one is kept, and one only', async () => {
  await rewind(1)
  await write('after')
  await rewind(1)
  expect(await rows()).toBe('after')
  expect((await readdir(folder)).filter((name) => name.includes('.kept'))).toEqual(['shelf.kept'])
})

test('a rewind that succeeds in the end takes back what was kept of the same files, never a copy of its own', async () => {
  await rewind(1)
  expect((await rewind(0)).code).toBe(0)
  await expect(stat(kept)).rejects.toThrow('ENOENT')
  await rewind(1)
  await write('after')
  await rewind(0)
  expect(await rows()).toBe('before')
})

test('it answers as its own program where no data are meant', async () => {
  const { code, stdout } = await rewind(0, '--help')
  expect([code, stdout.trim()]).toEqual([0, 'own --help'])
  expect((await rewind(3, '-D', path.join(folder, 'nowhere'))).code).toBe(3)
  await expect(stat(kept)).rejects.toThrow('ENOENT')
})

describe.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')('a small disk', () => {
  test('is not filled', async () => {
    const small = path.join(folder, 'small')
    await mkdir(small)
    await must(['mount', '-t', 'tmpfs', '-o', 'size=100m', 'bramble-test', small])
    try {
      await must(['cp', '-a', data, small])
      const { code, stderr } = await rewind(1, '-D', path.join(small, 'shelf'))
      expect([code, stderr]).toEqual([1, expect.stringContaining('not enough space to keep a copy')])
      expect(await readdir(small)).toEqual(['shelf'])
    } finally {
      await run(['umount', small])
    }
  })
})
