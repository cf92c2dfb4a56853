import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import ssh2 from 'ssh2'
import { describe, expect, it } from 'vitest'
import { makeSshKey } from './ssh-key.ts'

describe('makeSshKey', () => {
  it('makes keys that OpenSSH reads, whatever the length of the comment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bramble-key-'))
    try {
      for (let length = 1; length <= 9; length++) {
        const pair = makeSshKey('x'.repeat(length))
        const file = join(folder, `key-${length}`)
        await writeFile(file, pair.private, { mode: 0o600 })
        expect(await must(['ssh-keygen', '-y', '-f', file])).toBe(pair.public)
        expect(await must(['ssh-keygen', '-y', '-P', '', '-f', file])).toBe(pair.public)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  // One key in 256 begins with a zero: enough of them that each run meets some.
  it('makes none that cannot be read or does not sign', () => {
    for (let count = 0; count < 1500; count++) {
      const pair = makeSshKey('bramble-pi-1')
      const [own, known] = [ssh2.utils.parseKey(pair.private), ssh2.utils.parseKey(pair.public)]
      if (own instanceof Error || known instanceof Error) throw new Error(`key ${count} cannot be read`)
      const signature = own.sign('text')
      expect(Buffer.isBuffer(signature) && known.verify('text', signature)).toBe(true)
    }
  })
})
