import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { thisMachine } from '../../test/machine.ts'
import { http } from '../facts/http.ts'
import { machine } from '../facts/os.ts'
import { command } from './command.ts'
import { fileState } from './file.ts'
import { gather } from './gather.ts'

describe('gather', () => {
  it('answers files, commands, HTTP and the machine in one exec', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bramble-gather-'))
    const server = createServer((_, answer) => answer.writeHead(503).end('away')).listen(0, '127.0.0.1')
    try {
      await new Promise((resolve) => server.once('listening', resolve))
      writeFileSync(join(folder, 'text'), 'hello\n', { mode: 0o600 })
      symlinkSync('text', join(folder, 'link'))
      const text = fileState(join(folder, 'text'), { content: true })
      const link = fileState(join(folder, 'link'))
      const absent = fileState(join(folder, 'absent'))
      const words = command(['sh', '-c', 'echo "$1"; exit 3', 'sh', "it's $HOME"])
      const unknown = command(['no-such-tool'])
      const page = http(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`)
      let execs = 0
      const counting = {
        ...thisMachine,
        exec: (...call: Parameters<typeof thisMachine.exec>) => {
          execs++
          return thisMachine.exec(...call)
        },
      }
      const facts = await gather(counting, [text, link, absent, words, unknown, page, machine, text])
      expect(execs).toBe(1)
      expect(facts.of(text)).toMatchObject({ kind: 'file', content: 'hello\n', mode: 0o600, size: 6 })
      expect(facts.of(text).sha256).toBe('5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03')
      expect(facts.of(link).kind).toBe('link')
      expect(facts.of(absent).kind).toBe('absent')
      expect(facts.of(words)).toEqual({ code: 3, stdout: "it's $HOME\n", stderr: '' })
      expect(facts.of(unknown).code).toBeNull()
      expect(facts.of(page)).toMatchObject({ status: 503, body: 'away' })
      expect(facts.of(machine).memory).toBeGreaterThan(1e8)
      expect(() => facts.of(fileState('/not-asked'))).toThrow('was not read')
    } finally {
      server.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('says what to do when Python is missing', async () => {
    const bare = {
      ...thisMachine,
      exec: async () => ({ code: 127, stdout: '', stderr: 'bash: python3: command not found' }),
    }
    await expect(gather(bare, [machine])).rejects.toMatchObject({ code: 'no-python' })
  })

  it('brings every byte of a file, whatever its size and encoding', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gather-'))
    try {
      const bytes = Buffer.concat([Buffer.alloc(200_000, '0.0.0.0 ads.example\n'), Buffer.from([0xe9, 0, 0xff, 10])])
      writeFileSync(join(folder, 'latin'), bytes)
      writeFileSync(join(folder, 'long'), 'é'.repeat(100_000))
      const latin = fileState(join(folder, 'latin'), { content: true })
      const long = fileState(join(folder, 'long'), { content: true })
      const ours = fileState(join(folder, 'ours'), { content: 'foreign' })
      writeFileSync(join(folder, 'ours'), '# Written by Bramble.\npassword\n')
      const facts = await gather(thisMachine, [latin, long, ours])
      expect(facts.of(latin)).toMatchObject({ content: null, foreign: true })
      expect(facts.of(latin).bytes?.equals(bytes)).toBe(true)
      expect(facts.of(long).content).toBe('é'.repeat(100_000))
      expect(facts.of(ours)).toMatchObject({ foreign: false, content: null, bytes: null })
      expect(facts.of(ours).folder?.mode).toBe(0o700)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const saying = (stdout: string) => ({ ...thisMachine, exec: async () => ({ code: 0, stdout, stderr: '' }) })
  it.each(['hello', '', '{}', '[]', '[{"memory":"lots"}]', '[null]'])(
    'is the trouble of a node that answers %s',
    async (answer) => {
      await expect(gather(saying(answer), [machine])).rejects.toMatchObject({ code: 'answer-unreadable' })
    },
  )

  it('takes no interface whose name would be more than a name in a configuration', async () => {
    const told = (await gather(thisMachine, [machine])).of(machine)
    const evil = { ...told, addresses: [{ interface: 'eth0\n}', address: '192.0.2.1', prefix: 24 }] }
    await expect(gather(saying(JSON.stringify([evil])), [machine])).rejects.toMatchObject({ code: 'answer-unreadable' })
  })
})
