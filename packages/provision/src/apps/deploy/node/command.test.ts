/** Following a command of an app, with a systemctl and a journalctl that say what the test says. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { machineWith } from '../../../../test/machine.ts'
import { followCommand } from './command.ts'
import { lineOf } from './logs.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-command-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function program(name: string, source: string): void {
  writeFileSync(join(folder, name), `#!/usr/bin/env python3\nimport json\n${source}\n`)
  chmodSync(join(folder, name), 0o755)
}

/** `messages`: what the journal has of it, in Python. */
async function follow(messages: string) {
  const shown =
    'LoadState=loaded ActiveState=active SubState=exited ExecMainCode=1 ExecMainStatus=3 Result=success InvocationID=1'
  program('systemctl', `print('\\n'.join('${shown}'.split()))`)
  program(
    'journalctl',
    `for at, one in enumerate(${messages}):\n    print(json.dumps(dict(MESSAGE=one, __CURSOR=str(at))))`,
  )
  const lines: string[] = []
  const transport = machineWith({ PATH: `${folder}:${process.env.PATH}` })
  const input = { app: 'shop', unit: 'bramble-app-shop-release-1.service', limit: 60 }
  const { signal } = new AbortController()
  const end = await followCommand(transport, input, { signal, onLine: (line) => lines.push(line) })
  return { end, lines }
}

it('lines come as they are, those that are no text or were given twice too', async () => {
  const { end, lines } = await follow(`['one', '', list(b'two \\xff'), ['three', 'four']]`)
  expect(end).toEqual({ kind: 'ended', code: 3, timedOut: false })
  expect(lines).toEqual(['one', '', 'two \ufffd', "['three', 'four']"])
})

it('a line without end comes in parts, whatever its characters', async () => {
  // In JSON it is 1.2 MB: no line of a node is heard that is so long.
  const { lines } = await follow(`['\\U0001f347' * 100_000]`)
  expect(lines.join('')).toBe('🍇'.repeat(100_000))
  expect(Math.max(...lines.map((line) => JSON.stringify(line).length))).toBeLessThan(64 * 1024)
})

it('what is printed without end is left out, and the end is heard', async () => {
  const { end, lines } = await follow(`['x' * 3_999] * 5_000`)
  expect(end).toMatchObject({ kind: 'ended', code: 3 })
  expect(lines.at(-1)).toBe('It prints more than 16 MB; the rest is left out.')
  expect(lines.length).toBe(4_195)
})

it('what is no line of a log is none', () => {
  const node = { name: 'pi-1' }
  for (const text of ['', '{"at":', '[]', '{"at":1e30,"unit":"a@web.service","text":"x"}'])
    expect(lineOf(node, text)).toBeNull()
  expect(lineOf(node, '{"at":1e15,"unit":"a@web.service","text":"x"}')).toMatchObject({ slot: 'a', text: 'x' })
})
