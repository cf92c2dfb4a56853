import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { thisMachine } from '../../test/machine.ts'
import { run } from '../transports/local.ts'
import { act } from './act.ts'
import { type PutAction, Secret, Trouble } from './types.ts'

let folder: string
let owner: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-act-'))
  owner = `${userInfo().username}:${(await run(['id', '-gn'])).stdout.trim()}`
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const quiet = { log: () => undefined }
const put = (over: Partial<PutAction>): PutAction => ({
  kind: 'put',
  path: join(folder, 'a/b.conf'),
  content: 'new\n',
  mode: 0o640,
  owner,
  ...over,
})

describe('put', () => {
  it('writes content, mode and parent folders, and leaves nothing staged', async () => {
    await act(thisMachine, put({ content: 'käse\n' }), quiet)
    expect(readFileSync(join(folder, 'a/b.conf'), 'utf8')).toBe('käse\n')
    expect(statSync(join(folder, 'a/b.conf')).mode & 0o777).toBe(0o640)
    expect(readdirSync(join(folder, 'a'))).toEqual(['b.conf'])
  })

  it('keeps the old file when the validator refuses the new one, and tells its words', async () => {
    writeFileSync(join(folder, 'b.conf'), 'old\n')
    const validate = ['grep', '-q', 'old', '{}']
    const wrong = act(thisMachine, put({ path: join(folder, 'b.conf'), validate }), quiet)
    await expect(wrong).rejects.toMatchObject({ code: 'action-failed' })
    expect(readFileSync(join(folder, 'b.conf'), 'utf8')).toBe('old\n')
    expect(readdirSync(folder)).toEqual(['b.conf'])
  })

  it('shows the validator the new content', async () => {
    await act(thisMachine, put({ validate: ['grep', '-qx', 'new', '{}'] }), quiet)
    expect(readFileSync(join(folder, 'a/b.conf'), 'utf8')).toBe('new\n')
  })

  it('refuses an owner that does not exist', async () => {
    await expect(act(thisMachine, put({ owner: 'no-such-user:nogroup' }), quiet)).rejects.toThrow('no such user')
  })

  it('carries a secret to the file and nowhere else', async () => {
    const lines: string[] = []
    const canary = 'canary-7f3a91'
    await act(thisMachine, put({ content: new Secret(canary) }), { log: (text) => lines.push(text) })
    expect(readFileSync(join(folder, 'a/b.conf'), 'utf8')).toBe(canary)
    expect(lines.join('\n')).not.toContain(canary)
  })
})

describe('run', () => {
  it('fails with the last words of the command', async () => {
    const failing = act(thisMachine, { kind: 'run', argv: ['sh', '-c', 'echo trouble >&2; exit 4'] }, quiet)
    await expect(failing).rejects.toThrow(/exit 4.*trouble/)
    await expect(failing).rejects.toBeInstanceOf(Trouble)
  })
})
