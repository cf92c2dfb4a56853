/** The program that reads an app's log on a node, with a journalctl that prints what the test says. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, start } from '@bramble/process'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function read(lines: number, length: number): Promise<{ at: number; text: string }[]> {
  const program = join(folder, 'journalctl')
  const source = `#!/usr/bin/env python3
import json
for number in range(${lines}):
    entry = dict(__REALTIME_TIMESTAMP=str(number), _SYSTEMD_UNIT='bramble-app-shop-a@web.service')
    print(json.dumps(dict(entry, MESSAGE='x' * ${length})))
`
  writeFileSync(program, source)
  chmodSync(program, 0o755)
  const script = new URL('./logs.py', import.meta.url).pathname
  const stdin = `${JSON.stringify({ app: 'shop', lines, follow: false })}\n`
  const env = { PATH: `${folder}:${process.env.PATH}` }
  const text = await must(['python3', '-I', script], { stdin, env })
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { at: number; text: string })
}

it('keeps the newest lines when all are too many for one answer', async () => {
  const told = await read(20_000, 1_000)
  expect(told.at(-1)!.at).toBe(19_999)
  expect(told.length).toBeGreaterThan(3_000)
  expect(told.length * 1_000).toBeLessThan(5_000_000)
})

it('cuts a line that fills an answer alone', async () => {
  const [line] = await read(1, 1_000_000)
  expect(line!.text).toMatch(/^x+… \(1000000 characters\)$/)
  expect(line!.text.length).toBeLessThan(20_000)
})

it('says with an empty line that the newest lines are there, and follows from the last one on', async () => {
  const program = join(folder, 'journalctl')
  const asked = join(folder, 'asked')
  writeFileSync(
    program,
    `#!/usr/bin/env python3
import json, signal, sys
open(${JSON.stringify(asked)}, 'a').write(' '.join(sys.argv[1:]) + '\\n')
if '--follow' in sys.argv:
    signal.pause()
print(json.dumps(dict(__CURSOR='s=1;i=2', __REALTIME_TIMESTAMP='1', _SYSTEMD_UNIT='bramble-app-shop-a@web.service', MESSAGE='first')))
`,
  )
  chmodSync(program, 0o755)
  const script = new URL('./logs.py', import.meta.url).pathname
  const env = { PATH: `${folder}:${process.env.PATH}` }
  const following = start(['python3', '-I', '-u', script], { stdio: ['pipe', 'pipe', 'inherit'], env })
  let text = ''
  following.stdout!.on('data', (part) => {
    text += String(part)
  })
  following.stdin!.write(`${JSON.stringify({ app: 'shop', lines: 5, follow: true })}\n`)
  await expect
    .poll(() => readFileSync(asked, { encoding: 'utf8', flag: 'a+' }).split('\n')[1], { timeout: 20_000 })
    .toMatch(/--after-cursor s=1;i=2 --follow/)
  expect(text).toMatch(/^\{.*"first"\}\n\n$/)
  const ended = new Promise((resolve) => following.once('close', resolve))
  following.stdin!.end()
  await ended
})
