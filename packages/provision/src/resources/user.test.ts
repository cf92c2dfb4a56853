import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { machineWith } from '../../test/machine.ts'
import { gather } from '../engine/gather.ts'
import { Secret } from '../engine/types.ts'
import { revokedKeys } from './user.ts'

let folder: string
let keys: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-keys-'))
  mkdirSync(join(folder, '.ssh'))
  keys = join(folder, '.ssh/authorized_keys')
  // The user's home is this folder.
  writeFileSync(join(folder, 'getent'), `#!/bin/sh\necho "pi:x:1000:1000::${folder}:/bin/sh"\n`)
  chmodSync(join(folder, 'getent'), 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const blob = (letter: string) => `AAAAC3NzaC1lZDI1NTE5AAAAI${letter.repeat(43)}`
const line = (letter: string, comment = 'bramble-home') => `ssh-ed25519 ${blob(letter)} ${comment}`
const step = () =>
  revokedKeys({
    ...{ id: 'base/x', title: 'x', user: 'pi', revoked: [line('B'), line('C')], holds: new Secret('new') },
  })[0]!

async function revoke(content: string): Promise<void> {
  writeFileSync(keys, content, { mode: 0o600 })
  const node = machineWith({ PATH: `${folder}:${process.env.PATH}` })
  expect(step().check(await gather(node, step().reads)).settled).toBe(false)
  const actions = step().apply!({ of: () => undefined as never })
  expect(actions.map(({ kind }) => kind)).toEqual(['prove-key', 'run'])
  for (const action of actions) {
    if (action.kind !== 'run') continue
    const { code, stderr } = await node.exec(action.argv, { stdin: action.stdin ?? '' })
    expect([code, stderr]).toEqual([0, ''])
  }
  expect(step().check(await gather(node, step().reads)).settled).toBe(true)
}

it('takes the revoked keys and leaves every other line, whatever options or comment they have', async () => {
  const kept = `# mine\n${line('A')}\n\n${line('D', 'laptop')}\n`
  await revoke(`# mine\n${line('A')}\nfrom="192.0.2.1" ${line('B', 'renamed')}\n\n${line('D', 'laptop')}\n${line('C')}`)
  expect(readFileSync(keys, 'utf8')).toBe(kept)
  expect(statSync(keys).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(folder, '.ssh'))).toEqual(['authorized_keys'])
})

it('leaves an empty file where there is no other key', async () => {
  await revoke(`${line('B')}\n`)
  expect(readFileSync(keys, 'utf8')).toBe('')
})

it('has nothing to do where no key was ever replaced', () => {
  const none = revokedKeys({ id: 'base/x', title: 'x', user: 'pi', revoked: [], holds: new Secret('new') })
  expect(none).toEqual([])
})
