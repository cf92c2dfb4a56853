/** A real git over a real SSH server on loopback. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GitServer } from '../../../test/git-server.ts'
import { Secret } from '../../engine/types.ts'
import { makeSshKey } from '../../secrets/ssh-key.ts'
import { fingerprintOf } from '../../ssh/ssh.ts'
import { packApp } from '../index.ts'
import {
  type CheckoutInput,
  type GitCheckout,
  gitHostKey,
  hostKeyFingerprint,
  remoteTip,
  withCheckout,
} from './index.ts'

let server: GitServer
let parent: string
beforeEach(async () => {
  server = await GitServer.start()
  parent = mkdtempSync(join(tmpdir(), 'bramble-git-parent-'))
})
afterEach(async () => {
  await server.stop()
  // The key and the known hosts do not outlive the work.
  expect(readdirSync(parent)).toEqual([])
  rmSync(parent, { recursive: true, force: true })
})

const access = () => ({ url: server.url, hostKey: server.hostLine, key: new Secret(server.key.private) })
const tip = (branch: string | null = null) => remoteTip({ access: access(), branch, parent })

interface Seen extends GitCheckout {
  files: Record<string, string>
}

const checkOut = (more: Partial<CheckoutInput> = {}): Promise<Seen> =>
  withCheckout({ access: access(), branch: null, parent, ...more }, async (checkout) => {
    const names = readdirSync(checkout.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const paths = names.map((entry) => join(entry.parentPath, entry.name))
    const files = paths.map((path) => [path.slice(checkout.path.length + 1), readFileSync(path, 'utf8')])
    return { ...checkout, files: Object.fromEntries(files) }
  })

test('one commit is fetched, with who made it, when and why', async () => {
  server.write({ 'index.html': 'one' })
  await server.push('First')
  server.write({ 'index.html': 'two', 'a/ü "b".txt': 'deep' })
  const commit = await server.push('Second\n\nAnd why.')
  expect(await tip()).toEqual({ branch: 'main', commit })
  const seen = await checkOut()
  expect(seen.files).toEqual({ 'index.html': 'two', 'a/ü "b".txt': 'deep' })
  expect(seen.commit).toMatchObject({
    url: server.url,
    branch: 'main',
    commit,
    message: 'Second',
    author: 'Ada Lovelace',
  })
  expect(Date.parse(seen.commit.at)).toBeGreaterThan(Date.now() - 60_000)
  expect(seen.rewritten).toBe(false)
})

test('the files become a release as those of a folder do', async () => {
  server.write({ 'index.html': 'shop' })
  await server.push('First')
  const into = mkdtempSync(join(tmpdir(), 'bramble-git-into-'))
  const packed = await withCheckout({ access: access(), branch: null, parent }, ({ path }) =>
    packApp({ source: path, into, unwrap: false }),
  )
  const uploaded = await packApp({ source: server.work, into })
  expect(packed).toMatchObject({ kind: 'static', digest: uploaded.digest })
  rmSync(into, { recursive: true })
})

test('another branch, and a folder of it', async () => {
  server.write({ 'index.html': 'main', 'apps/web/index.html': 'web' })
  await server.push('First')
  server.write({ 'apps/web/index.html': 'next' })
  const commit = await server.push('Second', { branch: 'next/one' })
  const seen = await checkOut({ branch: 'next/one', folder: 'apps/web' })
  expect(seen.files).toEqual({ 'index.html': 'next' })
  expect(seen.commit).toMatchObject({ branch: 'next/one', commit })
  for (const folder of ['apps/api', 'index.html', '../work', '-x', ':(top)apps'])
    await expect(checkOut({ branch: 'next/one', folder })).rejects.toMatchObject({ code: 'git-folder-missing' })
})

test('a folder that is a link leads nowhere', async () => {
  server.write({ 'index.html': 'main' })
  symlinkSync('/etc', join(server.work, 'out'))
  await server.push('First')
  await expect(checkOut({ folder: 'out' })).rejects.toMatchObject({ code: 'git-folder-missing' })
})

test('an empty repository, and a branch that is missing', async () => {
  await expect(tip()).rejects.toMatchObject({ code: 'git-empty' })
  await expect(checkOut({ branch: 'main' })).rejects.toMatchObject({ code: 'git-empty' })
  server.write({ 'index.html': 'one' })
  await server.push('First')
  await expect(tip('maine')).rejects.toMatchObject({
    code: 'git-branch-missing',
    message: expect.stringContaining('maine'),
    cure: expect.stringContaining('main'),
  })
  await server.git('--git-dir', server.repository, 'symbolic-ref', 'HEAD', 'refs/heads/gone')
  await expect(tip()).rejects.toMatchObject({ code: 'git-branch-missing', cure: expect.stringContaining('main') })
})

test('nothing is sent to a server whose host key is not the pinned one', async () => {
  server.write({ 'index.html': 'one' })
  await server.push('First')
  const { key, url } = access()
  await expect(remoteTip({ access: { url, key }, branch: null, parent })).rejects.toMatchObject({
    code: 'git-host-key-unknown',
  })
  const shown = await gitHostKey(url)
  expect(shown).toBe(server.hostLine)
  expect(hostKeyFingerprint(shown)).toBe(fingerprintOf(Buffer.from(server.hostLine.split(' ')[1]!, 'base64')))
  const other = makeSshKey('other').public.split(' ').slice(0, 2).join(' ')
  for (const hostKey of [other, 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7'])
    await expect(remoteTip({ access: { url, key, hostKey }, branch: null, parent })).rejects.toMatchObject({
      code: 'git-host-key-changed',
    })
  expect(await remoteTip({ access: { url, key, hostKey: shown }, branch: null, parent })).toMatchObject({
    branch: 'main',
  })
})

test('refused access, a missing repository and a server that is off are told apart', async () => {
  server.write({ 'index.html': 'one' })
  await server.push('First')
  const stranger = { ...access(), key: new Secret(makeSshKey('stranger').private) }
  await expect(remoteTip({ access: stranger, branch: null, parent })).rejects.toMatchObject({
    code: 'git-auth',
    cure: expect.stringContaining('deploy key'),
  })
  const elsewhere = { ...access(), url: `${server.url}x` }
  await expect(remoteTip({ access: elsewhere, branch: null, parent })).rejects.toMatchObject({ code: 'git-not-found' })
  const off = access()
  await server.stopListening()
  await expect(remoteTip({ access: off, branch: null, parent })).rejects.toMatchObject({ code: 'git-unreachable' })
  await expect(gitHostKey(off.url)).rejects.toMatchObject({ code: 'git-unreachable' })
})

test('a force-pushed branch is deployed, and it is said that its history changed', async () => {
  server.write({ 'index.html': 'one' })
  const first = await server.push('First')
  server.write({ 'index.html': 'two' })
  const second = await server.push('Second')
  expect((await checkOut({ previous: first })).rewritten).toBe(false)
  await server.git('reset', '--quiet', '--hard', first)
  server.write({ 'index.html': 'three' })
  const third = await server.push('Third', { force: true })
  const seen = await checkOut({ previous: second })
  expect(seen).toMatchObject({ rewritten: true, files: { 'index.html': 'three' }, commit: { commit: third } })
})

test('submodules and Git LFS are refused by name', async () => {
  server.write({ 'index.html': 'one' })
  const first = await server.push('First')
  await server.git('update-index', '--add', '--cacheinfo', `160000,${first},themes/plain`)
  await server.git('commit', '--quiet', '-m', 'With a submodule')
  await server.pushHead()
  await expect(checkOut()).rejects.toMatchObject({
    code: 'git-submodules',
    message: expect.stringContaining('themes/plain'),
  })
  await server.git('reset', '--quiet', '--hard', first)
  const oid = 'a'.repeat(64)
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 12345\n`
  server.write({ 'media/film.mp4': pointer, '.gitattributes': '*.mp4 filter=lfs diff=lfs merge=lfs -text\n' })
  await server.push('With a film', { branch: 'film' })
  await expect(checkOut({ branch: 'film' })).rejects.toMatchObject({
    code: 'git-lfs',
    message: expect.stringContaining('media/film.mp4'),
  })
})

test('nothing that a repository or its server brings is run', async () => {
  const ran = join(server.folder, 'ran')
  server.write({
    'index.html': 'one',
    '.gitattributes': '*.html filter=evil text eol=lf\n',
    '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ext::touch ${ran}\n`,
  })
  await server.push('First')
  for (const hook of ['post-checkout', 'reference-transaction'])
    writeFileSync(join(server.folder, hook), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 })
  const config = join(server.folder, 'config')
  writeFileSync(config, `[core]\n\thooksPath = ${server.folder}\n[filter "evil"]\n\tsmudge = touch ${ran}\n`)
  const before = { ...process.env }
  Object.assign(process.env, { GIT_CONFIG_GLOBAL: config, GIT_SSH: `${server.folder}/post-checkout` })
  try {
    expect((await checkOut()).files).toMatchObject({ 'index.html': 'one' })
  } finally {
    process.env = before
  }
  expect(existsSync(ran)).toBe(false)
})

test('too much is refused before it is written, or while it comes', async () => {
  server.write({ 'zeros.bin': '0'.repeat(300_000), 'b.txt': 'b' })
  await server.push('First')
  const code = 'git-too-large'
  await expect(checkOut({ limits: { entries: 100, bytes: 200_000 } })).rejects.toMatchObject({ code })
  await expect(checkOut({ limits: { entries: 1, bytes: 1_000_000 } })).rejects.toMatchObject({ code })
})

test('a cancel ends it', async () => {
  server.write({ 'index.html': 'one' })
  await server.push('First')
  const cancel = new AbortController()
  const asked = checkOut({ signal: cancel.signal })
  cancel.abort(new Error('cancelled by the test'))
  await expect(asked).rejects.toThrow('cancelled by the test')
})

test.each(['-oProxyCommand=true', 'ext::true', 'file:///srv/shop', 'https://a:b@host/shop', 'ssh://host/a\nb'])(
  '%j is refused before git is started',
  async (url) => {
    await expect(remoteTip({ access: { url }, branch: null, parent })).rejects.toMatchObject({ code: 'git-url' })
  },
)

test('https without a certificate that is trusted sends no token', async () => {
  const plain = createServer((_, response) => response.writeHead(401).end())
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  const { port } = plain.address() as AddressInfo
  let asked = 0
  plain.on('request', () => asked++)
  const url = `https://127.0.0.1:${port}/shop.git`
  const token = new Secret('token-of-the-test')
  await expect(remoteTip({ access: { url, token }, branch: null, parent })).rejects.toMatchObject({
    code: expect.stringMatching(/^git-(?:failed|unreachable|certificate)$/),
  })
  expect(asked).toBe(0)
  await new Promise((resolve) => plain.close(resolve))
})
