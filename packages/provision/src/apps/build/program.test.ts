/** Parts of the program that builds on a node, on this machine: what it makes of files. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { must, run } from '@bramble/process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const source = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const files = source('./files.py')
const program = source('./app-build.py')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-app-build-'))
  mkdirSync(join(folder, 'app'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the result of a build', () => {
  const job = { seconds: 60, keepFreeMB: 0, resultMB: 1 }
  const pack = (changes: Partial<typeof job> = {}) =>
    must([
      ...['python3', '-I', '-c'],
      `${files}
import json, sys
try:
    pack(sys.argv[1], json.loads(sys.argv[2]))
    print('packed')
except Ended as end:
    print(end.result + ': ' + str(end))`,
      ...[folder, JSON.stringify({ ...job, ...changes })],
    ])

  it('is packed whole, and a file with two names counts once', async () => {
    writeFileSync(join(folder, 'app/one'), Buffer.alloc(700_000, 'x'))
    await must(['ln', join(folder, 'app/one'), join(folder, 'app/two')])
    expect(await pack()).toBe('packed')
    expect((await must(['tar', 'tzf', join(folder, 'result.tar.gz')])).split('\n')).toContain('./two')
  })

  it.each([
    ['too large', { resultMB: 0.1 }, /^size: .* more than 0 MB/],
    ['more than the disk can spare', { keepFreeMB: 1e9 }, /^disk: Free space/],
    ['not packed in time', { seconds: -1 }, /^time: Packing/],
  ])('is refused when it is %s', async (_, changes, words) => {
    // A file that is large and takes no space.
    await must(['truncate', '--size=900000', join(folder, 'app/sparse')])
    expect(await pack(changes)).toMatch(words)
    expect(existsSync(join(folder, 'result.tar.gz'))).toBe(false)
  })
})

it.skipIf(userInfo().uid !== 0)('what an interrupted build left is gone before root unpacks the source', async () => {
  const outside = join(folder, 'outside')
  mkdirSync(outside)
  symlinkSync(outside, join(folder, 'app/public'))
  mkdirSync(join(folder, 'source/public/css'), { recursive: true })
  writeFileSync(join(folder, 'source/public/css/a.css'), 'a')
  await must(['tar', 'cf', join(folder, 'source.tar'), '-C', join(folder, 'source'), '.'])
  const code = `${files}\n${program.slice(0, program.indexOf('\nif sys.argv[1]'))}
import sys
USER, BUILDS, CACHES = 'nobody', sys.argv[1], sys.argv[1] + '/caches'
prepare(sys.argv[1], dict(app='blog', commands=[], environment={}))`
  await must(['python3', '-I', '-c', code, folder])
  expect(existsSync(join(outside, 'css'))).toBe(false)
  const nobody = Number(await must(['id', '-u', 'nobody']))
  for (const path of ['app', 'app/public', 'app/public/css', 'app/public/css/a.css'])
    expect(statSync(join(folder, path)).uid).toBe(nobody)
})

it('a build that is stopped while it waits for another one leaves the firewall of that one', async () => {
  const nft = join(folder, 'nft')
  writeFileSync(nft, `#!/bin/sh\necho "$@" >> ${join(folder, 'rules')}\n`)
  chmodSync(nft, 0o755)
  writeFileSync(join(folder, 'job.json'), JSON.stringify({ app: 'blog', commands: [] }))
  const code = `${files}\n${program.slice(0, program.indexOf('\nif sys.argv[1]'))}
BUILDS, LOCK = sys.argv[1] + '/builds', sys.argv[1] + '/lock'
other = open(LOCK, 'w')
fcntl.flock(other, fcntl.LOCK_EX)
threading.Timer(1, os.kill, [os.getpid(), signal.SIGTERM]).start()
supervise(sys.argv[1])`
  const env = { PATH: `${folder}:${process.env.PATH}` }
  const { code: status, stdout } = await run(['python3', '-I', '-c', code, folder], { env })
  expect([status, stdout]).toEqual([1, expect.stringMatching(/Waiting for it to end[\s\S]*was stopped/)])
  expect(existsSync(join(folder, 'rules'))).toBe(false)
})
