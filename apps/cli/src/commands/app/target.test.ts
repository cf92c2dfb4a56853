/** Which cluster a command is for, and what is refused before anything is asked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@bramble/process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../../supervisor/checkout.ts'
import { refuseForDashboard } from './target.ts'

let folder: string
let tokenFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-target-'))
  tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, `brm_${'0a'.repeat(30)}\n`, { mode: 0o600 })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const bramble = (...words: string[]) =>
  run([process.execPath, '--import', 'tsx', join(root, 'apps/cli/src/main.ts'), 'app', ...words], { cwd: root })

const to = ['--to', 'http://127.0.0.1:1']
const token = (): string[] => ['--token-file', tokenFile]
test.each<[string, () => string[]]>([
  ['Give --cluster FILE, or --to URL and --token-file FILE.', () => ['list']],
  ['--token-file and --name belong to --to.', () => ['list', '--cluster', 'x.yaml', ...token()]],
  ['--cluster and --data are not for --to.', () => ['list', '--cluster', 'x.yaml', ...to, ...token()]],
  ['--to needs --token-file.', () => ['list', ...to]],
  ['unencrypted to 203.0.113.9', () => ['list', '--to', 'http://203.0.113.9', ...token()]],
  ['is not responding', () => ['list', ...to, ...token()]],
  ['there is no file', () => ['deploy', folder, '--app', 'x', ...to, '--token-file', join(folder, 'no')]],
])('it is refused: %s', async (message, words) => {
  const { code, stderr } = await bramble(...words())
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
})

test('an option that a dashboard has no use for is named with what to do instead', () => {
  expect(() => refuseForDashboard({ '--kind': ['static', 'Set kind in bramble.yaml.'] })).toThrow(
    '--kind is not for --to.',
  )
  expect(() => refuseForDashboard({ '--kind': [undefined, ''], '--reveal': [false, ''] })).not.toThrow()
})
