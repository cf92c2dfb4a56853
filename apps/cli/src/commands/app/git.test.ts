/** What the command line makes of a git URL, with a real SSH server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitHostKey, hostKeyFingerprint, remoteTip } from '@bramble/provision/git'
import { GitServer } from '@bramble/provision/test/git-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deployCommand } from './deploy.ts'
import { gitSource, isRepository, refuseGitOptions } from './git.ts'

let server: GitServer
let folder: string
const { signal } = new AbortController()
beforeAll(async () => {
  server = await GitServer.start()
  server.write({ 'index.html': 'one' })
  await server.push('First')
  folder = mkdtempSync(join(tmpdir(), 'bramble-cli-git-'))
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

test('a path of this machine comes first, then what looks like a URL', () => {
  expect([folder, '.', 'no/such/folder', 'shop.tar.gz'].some(isRepository)).toBe(false)
  expect(['git@host:shop.git', 'https://host/shop', 'ext::true', 'file:///etc'].every(isRepository)).toBe(true)
})

test('a host key is accepted by its fingerprint, kept, and then needed no more', async () => {
  const key = join(folder, 'key')
  writeFileSync(key, server.key.private)
  const print = hostKeyFingerprint(server.hostLine)
  await expect(gitSource(server.url, { key }, { folder, signal })).rejects.toMatchObject({
    code: 'git-host-key-unknown',
    cure: expect.stringContaining(`--host-key ${print}`),
  })
  const wrong = `SHA256:${'A'.repeat(43)}`
  await expect(gitSource(server.url, { key, hostKey: wrong }, { folder, signal })).rejects.toMatchObject({
    code: 'git-host-key-changed',
  })
  await gitSource(server.url, { key, hostKey: print }, { folder, signal })
  expect(readFileSync(join(folder, 'git-hosts.json'), 'utf8')).toContain(await gitHostKey(server.url))
  const { access, branch } = await gitSource(server.url, { key }, { folder, signal })
  expect(await remoteTip({ access, branch, parent: folder })).toMatchObject({ branch: 'main' })
})

test('options that belong to something else are refused', async () => {
  expect(() => refuseGitOptions({ branch: 'main' })).toThrow('git repositories')
  expect(() => refuseGitOptions({})).not.toThrow()
  const at = { folder, signal }
  const code = 'git-options'
  await expect(gitSource('https://host/shop', { key: 'k' }, at)).rejects.toMatchObject({ code })
  await expect(gitSource('git@host:shop', { gitTokenFile: 't' }, at)).rejects.toMatchObject({ code })
  await expect(gitSource('https://host/shop', { gitTokenFile: join(folder, 'none') }, at)).rejects.toMatchObject({
    code,
  })
})

test.each([
  ['--branch', '--upload-pack=true'],
  ['--branch', 'a..b'],
  ['--folder', '../out'],
  ['--host-key', 'MD5:00'],
])('%s %s is refused', async (option, value) => {
  const command = deployCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  const argv = ['git@host:shop', '--app', 'shop', '--cluster', 'none.yaml', `${option}=${value}`]
  await expect(command.parseAsync(argv, { from: 'user' })).rejects.toThrow('It must')
})
