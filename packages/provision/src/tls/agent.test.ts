/** bramble-https.service before HAProxy runs: the files that HAProxy starts with. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterSpec } from '@bramble/cluster'
import { run } from '@bramble/process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { issueSecrets, openSecrets, type StoredSecrets } from '../secrets/index.ts'
import { httpsAgentProgram } from './agent.ts'

const specWith = (...domains: string[]) =>
  ClusterSpec.parse({
    name: 'home',
    vip: '192.0.2.100',
    nodes: [{ name: 'pi-1', address: '192.0.2.11', roles: ['etcd', 'postgres', 'balancer', 'web'] }],
    apps: [{ name: 'blog', domains }],
  })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-https-'))
  mkdirSync(join(folder, 'haproxy'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = (...words: string[]) => join(folder, ...words)
const text = (...words: string[]) => readFileSync(path(...words), 'utf8')
const pem = (name: string) => text('haproxy', 'names', `${name}.pem`)

async function make(stored: StoredSecrets | null, ...domains: string[]) {
  const issuer = stored && openSecrets(stored).siteIssuer['pi-1']!
  if (issuer) {
    writeFileSync(path('issuer.crt'), issuer.certificate)
    writeFileSync(path('issuer.key'), issuer.key.reveal())
  }
  writeFileSync(
    path('settings'),
    JSON.stringify({ domains: Object.fromEntries(domains.map((one) => [one, 'authority'])), acme: null }),
  )
  writeFileSync(path('agent'), httpsAgentProgram)
  const env = {
    BRAMBLE_CERTIFICATES: path('haproxy'),
    BRAMBLE_SITE_ISSUER: path('issuer'),
    BRAMBLE_HTTPS_STATUS: path('status'),
  }
  const { code, stdout, stderr } = await run(['python3', '-I', path('agent'), path('settings'), 'once'], { env })
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

const domains = ['blog.example', '*.blog.example', `${'a'.repeat(60)}.blog.example`]
const issued = async (now = new Date(), before: StoredSecrets = {}) =>
  (await issueSecrets(specWith(...domains), before, now)).stored

it('makes a certificate for each domain, whose chain a device accepts, and a list of them', async () => {
  const stored = await issued()
  await make(stored, ...domains)
  for (const domain of domains) {
    const name = domain.replace('*', '_')
    const [leaf, issuer] = pem(name).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g)!
    const certificate = new X509Certificate(leaf!)
    expect(certificate.subjectAltName).toBe(`DNS:${domain}`)
    expect(certificate.checkPrivateKey(createPrivateKey(pem(name)))).toBe(true)
    const [since, until] = [certificate.validFrom, certificate.validTo].map(
      (one) => (Date.parse(one) - Date.now()) / 86_400_000,
    )
    expect([Math.round(since!), Math.round(until!)]).toEqual([-1, 90])
    writeFileSync(path('leaf'), leaf!)
    writeFileSync(path('chain'), issuer!)
    writeFileSync(path('ca'), stored['site.ca.certificate']!)
    const argv = ['-purpose', 'sslserver', '-CAfile', path('ca'), '-untrusted', path('chain'), path('leaf')]
    expect((await run(['openssl', 'verify', '-x509_strict', ...argv])).stderr).toBe('')
    expect(statSync(path('haproxy', 'names', `${name}.pem`)).mode & 0o777).toBe(0o600)
  }
  expect(text('haproxy', 'list').split('\n')).toEqual([
    ...[...domains].sort().map((domain) => `${path('haproxy', 'names', `${domain.replace('*', '_')}.pem`)} ${domain}`),
    '',
  ])
  expect(new X509Certificate(text('haproxy', 'neutral.pem')).subjectAltName).toBe('DNS:unknown.invalid')
  expect(readdirSync(path('haproxy')).sort()).toEqual(['challenges.map', 'list', 'names', 'neutral.pem'])
  expect(readdirSync(path('haproxy', 'names'))).toHaveLength(3)
})

it('keeps what holds, and issues again what is damaged, missing, or of another issuer', async () => {
  const stored = await issued()
  await make(stored, ...domains)
  const before = pem('blog.example')
  expect(await make(stored, ...domains)).toBe('')
  expect(pem('blog.example')).toBe(before)
  writeFileSync(path('haproxy', 'names', 'blog.example.pem'), before.slice(0, 200))
  unlinkSync(path('haproxy', 'names', '_.blog.example.pem'))
  unlinkSync(path('haproxy', 'neutral.pem'))
  expect((await make(stored, ...domains)).match(/issued/g)).toHaveLength(2)
  expect(new X509Certificate(pem('blog.example')).subjectAltName).toBe('DNS:blog.example')
  const { 'site.issuer.pi-1.certificate': _, ...rest } = stored
  expect((await make(await issued(new Date(), rest), ...domains)).match(/issued/g)).toHaveLength(3)
})

it('renews when a third of the life is left: here all that the issuer has left', async () => {
  // An issuer that ends in 20 days cuts each certificate: 21 days, of which a third is more than none.
  const ending = await issued(new Date(Date.now() - (730 - 20) * 86_400_000))
  await make(ending, 'blog.example')
  const end = Date.parse(new X509Certificate(pem('blog.example')).validTo)
  expect(Math.round((end - Date.now()) / 86_400_000)).toBe(20)
  const renewed = (await issueSecrets(specWith(...domains), ending, new Date(), { renew: 'due' })).stored
  expect(renewed['site.issuer.pi-1.key']).toBe(ending['site.issuer.pi-1.key'])
  await make(renewed, 'blog.example')
  expect(Date.parse(new X509Certificate(pem('blog.example')).validTo)).toBeGreaterThan(end + 60 * 86_400_000)
})

it('goes on with what it has when its clock is wrong or its issuer is gone, and HAProxy can start', async () => {
  await make(await issued(), 'blog.example')
  const before = pem('blog.example')
  const future = await issued(new Date(Date.now() + 30 * 86_400_000))
  await make(future, 'blog.example', '*.blog.example')
  expect(pem('blog.example')).toBe(before)
  expect(text('haproxy', 'list').trim().split('\n')).toHaveLength(1)
  for (const name of ['issuer.crt', 'issuer.key']) unlinkSync(path(name))
  rmSync(path('haproxy'), { recursive: true })
  mkdirSync(path('haproxy'))
  await make(null, 'blog.example')
  expect(readdirSync(path('haproxy')).sort()).toEqual(['challenges.map', 'list', 'names', 'neutral.pem'])
  expect(text('haproxy', 'list')).toBe('')
})
