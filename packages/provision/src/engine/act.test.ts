import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { run } from '@bramble/process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { machineWith, thisMachine } from '../../test/machine.ts'
import { act } from './act.ts'
import { cancelled } from './cancel.ts'
import type { Transport } from './transport.ts'
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

describe('put-all', () => {
  const own = (name: string, over: Partial<PutAction> = {}) => put({ path: join(folder, name), ...over })

  it('replaces files that belong together', async () => {
    writeFileSync(join(folder, 'key'), 'old\n')
    await act(thisMachine, { kind: 'put-all', files: [own('key', { mode: 0o600 }), own('crt')] }, quiet)
    expect(readdirSync(folder).sort()).toEqual(['crt', 'key'])
    for (const name of ['key', 'crt']) expect(readFileSync(join(folder, name), 'utf8')).toBe('new\n')
    expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600)
  })

  it('replaces none of them when the last one is refused', async () => {
    writeFileSync(join(folder, 'key'), 'old\n')
    const files = [own('key'), own('crt', { validate: ['false'] })]
    await expect(act(thisMachine, { kind: 'put-all', files }, quiet)).rejects.toMatchObject({ code: 'action-failed' })
    expect(readdirSync(folder)).toEqual(['key'])
    expect(readFileSync(join(folder, 'key'), 'utf8')).toBe('old\n')
  })
})

describe("a file of the user's own", () => {
  /** Not below a path with Bramble's name in it: what lies there is Bramble's own. */
  let place: string
  let state: string
  const kept = (name: string) => join(state, 'kept', place, name)
  const machine = () => machineWith({ BRAMBLE_STATE: state })
  const over = (name: string, content: string) =>
    act(machine(), put({ path: join(place, name), content, mode: 0o600 }), quiet)
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'user-'))
    state = mkdtempSync(join(tmpdir(), 'state-'))
  })
  afterEach(() => {
    for (const folder of [place, state]) rmSync(folder, { recursive: true, force: true })
  })

  it('is kept byte for byte with its mode before it is overwritten, and never by a second one', async () => {
    const own = Buffer.from('mine, caf\xe9\n', 'latin1')
    writeFileSync(join(place, 'a.conf'), own, { mode: 0o640 })
    const lines: string[] = []
    const log = { log: (text: string) => lines.push(text) }
    await act(machine(), put({ path: join(place, 'a.conf') }), log)
    expect(readFileSync(kept('a.conf'))).toEqual(own)
    expect(statSync(kept('a.conf')).mode & 0o777).toBe(0o640)
    expect(statSync(join(state, 'kept')).mode & 0o777).toBe(0o700)
    expect(lines.join('\n')).toContain(kept('a.conf'))
    writeFileSync(join(place, 'a.conf'), 'mine again\n')
    await over('a.conf', 'newer\n')
    expect(readFileSync(`${kept('a.conf')}.2`, 'utf8')).toBe('mine again\n')
    await over('a.conf', 'newest\n')
    expect(existsSync(`${kept('a.conf')}.3`)).toBe(false)
    expect(readFileSync(kept('a.conf'))).toEqual(own)
    expect(readFileSync(join(place, 'a.conf'), 'utf8')).toBe('newest\n')
  })

  it('is a link, too', async () => {
    symlinkSync('/etc/hostname', join(place, 'link'))
    await over('link', 'new\n')
    expect(readlinkSync(kept('link'))).toBe('/etc/hostname')
  })

  it("is not what Bramble wrote, also an older Bramble that took no note, nor a package's", async () => {
    writeFileSync(join(place, 'old.conf'), '# Written by Bramble.\nold\n')
    await over('old.conf', 'new\n')
    await over('fresh.conf', 'one\n')
    await over('fresh.conf', 'two\n')
    expect(existsSync(join(state, 'kept'))).toBe(false)
  })

  it('stays when it cannot be kept', async () => {
    writeFileSync(join(place, 'a.conf'), 'mine\n')
    writeFileSync(join(state, 'kept'), 'in the way')
    await expect(over('a.conf', 'new\n')).rejects.toMatchObject({ code: 'action-failed' })
    expect(readFileSync(join(place, 'a.conf'), 'utf8')).toBe('mine\n')
  })
})

it('makes folders that services can enter, whatever the umask', async () => {
  const strict = machineWith({})
  const under027: typeof strict = {
    ...strict,
    exec: (argv, options) => strict.exec(['sh', '-c', 'umask 027; exec "$@"', 'sh', ...argv], options),
  }
  await act(under027, put({ path: join(folder, 'deep/er/b.conf') }), quiet)
  for (const made of ['deep', 'deep/er']) expect(statSync(join(folder, made)).mode & 0o777).toBe(0o755)
})

describe('run', () => {
  it('fails with the last words of the command', async () => {
    const failing = act(thisMachine, { kind: 'run', argv: ['sh', '-c', 'echo trouble >&2; exit 4'] }, quiet)
    await expect(failing).rejects.toThrow(/exit 4.*trouble/)
    await expect(failing).rejects.toBeInstanceOf(Trouble)
  })
})

describe('a long action', () => {
  /** A node on which the action runs until its channel is closed; the kinds of messages that it was sent. */
  async function stopped(reason: unknown): Promise<string[]> {
    const kinds: string[] = []
    const stop = new AbortController()
    const node: Transport = {
      ...thisMachine,
      async exec(_argv, { stdin, signal } = {}) {
        const { kind } = JSON.parse(stdin instanceof Secret ? stdin.reveal() : (stdin ?? ''))
        kinds.push(kind)
        if (kind !== 'long') return { code: 0, stdout: '', stderr: '' }
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Trouble('cancelled', 'The channel is closed.', '')))
          stop.abort(reason)
        })
      },
    }
    const upgrade = { kind: 'run', argv: ['apt-get', 'upgrade'], long: true } as const
    await expect(act(node, upgrade, { ...quiet, signal: stop.signal })).rejects.toThrow()
    return kinds
  }

  it('is stopped on the node when a person cancels', async () => {
    expect(await stopped(cancelled())).toEqual(['long', 'stop'])
  })

  it('is not started by a worker that another one has followed', async () => {
    writeFileSync(join(folder, 'fence'), '1000 2 a-run\n')
    const late: Transport = {
      ...machineWith({ BRAMBLE_FENCE: join(folder, 'fence') }),
      claim: { run: 'a-run', since: 1000, fence: 1 },
    }
    const touch = { kind: 'run', argv: ['touch', join(folder, 'late')], long: true } as const
    await expect(act(late, touch, quiet)).rejects.toThrow('bramble-fence 1000 2')
    expect(readdirSync(folder)).toEqual(['fence'])
  })

  it('runs on when the worker ends, loses its lease or closes its connections', async () => {
    for (const reason of [undefined, new Error('This worker stops: handover'), new Trouble('closed', 'Closed.', '')])
      expect(await stopped(reason)).toEqual(['long'])
  })
})
