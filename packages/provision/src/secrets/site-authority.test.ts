/** Whom the site authority's certificates may be for, as openssl judges it. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterSpec } from '@bramble/cluster'
import { run } from '@bramble/process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { issueLeaf } from './authority.ts'
import { certificatesDue } from './certificates.ts'
import { issueSecrets, openSecrets, type StoredSecrets } from './index.ts'
import { advanceRotation, prepareRotation } from './rotation.ts'

const now = new Date()
const days = (count: number) => new Date(now.getTime() + count * 86_400_000)
const specWith = (...domains: string[]) =>
  ClusterSpec.parse({
    name: 'home',
    vip: '192.0.2.100',
    nodes: [
      { name: 'pi-1', address: '192.0.2.11', roles: ['etcd', 'postgres', 'balancer', 'web'] },
      { name: 'pi-2', address: '192.0.2.12', roles: ['balancer'] },
      { name: 'pi-3', address: '192.0.2.13', roles: ['web'] },
    ],
    apps: [
      { name: 'blog', domains },
      { name: 'open', domains: ['public.example'], https: { certificate: 'off' } },
    ],
  })
const spec = specWith('*.blog.example', 'blog.local')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-site-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const issued = async (of = spec, before: StoredSecrets = {}, at = now) => (await issueSecrets(of, before, at)).stored

/** Whether a device that trusts this authority accepts a certificate for the name from the issuer of pi-1. */
async function accepts(
  stored: StoredSecrets,
  names: { dns?: string[]; ip?: string[] },
  authority = stored['site.ca.certificate']!,
) {
  const { certificate, key } = openSecrets(stored).siteIssuer['pi-1']!
  const leaf = await issueLeaf(
    { certificate, key: key.reveal() },
    { dns: [], ip: [], ...names },
    { from: now, until: days(90) },
  )
  const path = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const argv = ['-purpose', 'sslserver', '-CAfile', path('ca', authority), '-untrusted', path('issuer', certificate)]
  return (await run(['openssl', 'verify', '-x509_strict', ...argv, path('leaf', leaf.certificate)])).code === 0
}

it('gives each balancer an issuer of its own, and the authority itself to none', async () => {
  const stored = await issued()
  const { siteAuthority, siteIssuer, ca } = openSecrets(stored)
  expect(Object.keys(siteIssuer)).toEqual(['pi-1', 'pi-2'])
  const authority = new X509Certificate(siteAuthority.certificate)
  expect(authority.verify(new X509Certificate(ca.certificate).publicKey)).toBe(false)
  for (const { certificate, key } of Object.values(siteIssuer)) {
    const issuer = new X509Certificate(certificate)
    expect(issuer.ca && issuer.checkIssued(authority) && issuer.verify(authority.publicKey)).toBe(true)
    expect(issuer.checkPrivateKey(createPrivateKey(key.reveal()))).toBe(true)
    expect(Date.parse(issuer.validTo)).toBeLessThanOrEqual(days(731).getTime())
  }
  expect(siteIssuer['pi-1']!.key.reveal()).not.toBe(siteIssuer['pi-2']!.key.reveal())
})

it('signs for the domains of the spec, and for nothing else', async () => {
  const stored = await issued()
  for (const name of ['*.blog.example', 'www.blog.example', 'blog.local'])
    expect([name, await accepts(stored, { dns: [name] })]).toEqual([name, true])
  for (const name of [
    'example',
    'bank.example',
    'notblog.example',
    'public.example',
    'other.local',
    'pi-1',
    'localhost',
  ])
    expect([name, await accepts(stored, { dns: [name] })]).toEqual([name, false])
  expect(await accepts(stored, { ip: ['192.0.2.100'] })).toBe(false)
  expect(await accepts(stored, { ip: ['::1'] })).toBe(false)
  const empty = await issued(ClusterSpec.parse({ ...spec, apps: [] }))
  expect(await accepts(empty, { dns: ['blog.local'] })).toBe(false)
})

it('needs no new trust for a name of the LAN, and says so of any other by another authority of the same key', async () => {
  const before = await issued()
  const lan = await issued(specWith('*.blog.example', 'blog.local', 'wiki.home.arpa'), before)
  expect(lan['site.ca.certificate']).toBe(before['site.ca.certificate'])
  expect(await accepts(lan, { dns: ['wiki.home.arpa'] }, before['site.ca.certificate'])).toBe(true)
  const wider = await issued(specWith('*.blog.example', 'blog.local', 'shop.example'), before)
  expect(wider['site.ca.certificate']).not.toBe(before['site.ca.certificate'])
  expect(wider['site.ca.key']).toBe(before['site.ca.key'])
  expect(await accepts(wider, { dns: ['shop.example'] })).toBe(true)
  // A device that trusts the one of before goes on with what that permits.
  expect(await accepts(wider, { dns: ['www.blog.example'] }, before['site.ca.certificate'])).toBe(true)
  expect(await accepts(wider, { dns: ['shop.example'] }, before['site.ca.certificate'])).toBe(false)
  // What was permitted stays so: an app that goes makes nobody trust again.
  const smaller = await issued(specWith('blog.local'), wider)
  expect(smaller['site.ca.certificate']).toBe(wider['site.ca.certificate'])
  expect(await accepts(smaller, { dns: ['shop.example'] })).toBe(false)
})

it('holds a hundred names', async () => {
  const many = await issued(
    specWith(...Array.from({ length: 100 }, (_, i) => `name-${i}.${'long-label.'.repeat(5)}example`)),
  )
  expect(await accepts(many, { dns: [`name-99.${'long-label.'.repeat(5)}example`] })).toBe(true)
  expect((await issueSecrets(spec, many, now, { renew: 'due' })).changed).toBe(false)
})

it('renews an issuer with its key when a third of its life is left, and not before', async () => {
  const stored = await issued()
  const third = (2 * 730) / 3
  expect(certificatesDue(stored, days(third - 2))).toBe(false)
  expect(certificatesDue(stored, days(third + 2))).toBe(true)
  const { stored: later } = await issueSecrets(spec, stored, days(third + 2), { renew: 'due' })
  expect(later['site.issuer.pi-1.key']).toBe(stored['site.issuer.pi-1.key'])
  expect(later['site.issuer.pi-1.certificate']).not.toBe(stored['site.issuer.pi-1.certificate'])
  expect(later['site.ca.certificate']).toBe(stored['site.ca.certificate'])
  expect(certificatesDue(later, days(third + 2))).toBe(false)
  expect((await issueSecrets(specWith('new.example'), stored, now, { renew: 'none' })).changed).toBe(false)
})

it('drops what an older version showed, and the issuer of a node that is gone', async () => {
  const stored = await issued(spec, { 'site.certificate': 'x', 'site.key': 'y' })
  expect(Object.keys(stored)).not.toContain('site.key')
  const smaller = ClusterSpec.parse({ ...spec, nodes: [spec.nodes[0]] })
  expect(Object.keys(await issued(smaller, stored)).join()).not.toContain('pi-2')
})

it('gives every balancer another issuer when the secrets are rotated, of the same authority', async () => {
  const stored = await issued()
  const choice = { application: false, sftp: false }
  const begun = await prepareRotation(spec, stored, { asked: 'now', choice, now })
  const after = await advanceRotation(spec, begun, 'trust', now)
  expect(after['site.ca.key']).toBe(stored['site.ca.key'])
  for (const node of ['pi-1', 'pi-2'])
    expect(after[`site.issuer.${node}.key`]).not.toBe(stored[`site.issuer.${node}.key`])
})
