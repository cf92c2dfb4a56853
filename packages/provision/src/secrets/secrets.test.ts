import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import { ClusterSpec } from '@bramble/cluster'
import ssh2 from 'ssh2'
import { describe, expect, it } from 'vitest'
import { endingCertificates } from '../../test/certificates.ts'
import { issueSecrets, openSecrets } from './index.ts'

const spec = ClusterSpec.parse({
  name: 'home',
  vip: '192.0.2.100',
  nodes: [
    { name: 'pi-1', address: '192.0.2.11', roles: ['etcd', 'postgres', 'balancer', 'web'] },
    { name: 'pi-2', address: '192.0.2.12' },
  ],
})
const now = new Date('2026-05-01T12:00:00Z')
const days = (count: number) => new Date(now.getTime() + count * 86_400_000)

describe('issueSecrets', () => {
  it('generates everything once, and a second call changes nothing', async () => {
    const first = await issueSecrets(spec, {}, now)
    expect(first.changed).toBe(true)
    const second = await issueSecrets(spec, first.stored, days(1))
    expect(second).toEqual({ stored: first.stored, changed: false })
  })

  it('never gives two clusters the same secret', async () => {
    const [a, b] = await Promise.all([issueSecrets(spec, {}, now), issueSecrets(spec, {}, now)])
    for (const [name, text] of Object.entries(a.stored)) expect(text, name).not.toBe(b.stored[name])
    const passwords = Object.entries(a.stored)
      .filter(([name]) => !name.includes('.'))
      .map(([, text]) => text)
    expect(new Set(passwords).size).toBe(passwords.length)
    for (const text of passwords) expect(text).toMatch(/^[A-Za-z0-9]{8,}$/)
  })

  it('issues leafs that the authority signed, for the right names, valid from before any clock until the authority ends', async () => {
    const { ca, leaf } = openSecrets((await issueSecrets(spec, {}, now)).stored)
    const authority = new X509Certificate(ca.certificate)
    expect(authority.ca).toBe(true)
    expect(authority.verify(authority.publicKey)).toBe(true)
    const certificate = new X509Certificate(leaf['pi-1']!.certificate)
    expect(certificate.ca).toBe(false)
    expect(certificate.checkIssued(authority)).toBe(true)
    expect(certificate.verify(authority.publicKey)).toBe(true)
    expect(certificate.checkHost('pi-1')).toBe('pi-1')
    for (const ip of ['192.0.2.11', '192.0.2.100', '127.0.0.1']) expect(certificate.checkIP(ip)).toBe(ip)
    expect(certificate.checkIP('192.0.2.12')).toBeUndefined()
    for (const own of [authority, certificate]) {
      expect(Date.parse(own.validFrom)).toBeLessThan(Date.parse('2001-01-01'))
      expect(Date.parse(own.validTo)).toBe(days(20 * 365).getTime())
    }
    expect(certificate.checkPrivateKey(createPrivateKey(leaf['pi-1']!.key.reveal()))).toBe(true)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  })

  it('renews a third of the lifetime before the end, authority and all, with the keys they have', async () => {
    const { stored } = await issueSecrets(spec, {}, now)
    const lifetime = 20 * 365
    const names = ['ca', 'leaf.pi-1', 'leaf.pi-2']
    const early = (await issueSecrets(spec, stored, days((lifetime * 2) / 3 - 1))).stored
    for (const name of names) expect(early[`${name}.certificate`], name).toBe(stored[`${name}.certificate`])
    const then = days((lifetime * 2) / 3 + 1)
    const later = (await issueSecrets(spec, stored, then)).stored
    for (const name of names) {
      expect(later[`${name}.key`], name).toBe(stored[`${name}.key`])
      const end = Date.parse(new X509Certificate(later[`${name}.certificate`]!).validTo)
      expect(end, name).toBe(Math.floor((then.getTime() + lifetime * 86_400_000) / 1000) * 1000)
    }
    // Nodes with the old ones and nodes with the new ones accept each other meanwhile.
    const [before, after] = [stored, later].map((own) => new X509Certificate(own['ca.certificate']!))
    for (const own of [stored, later]) {
      const leaf = new X509Certificate(own['leaf.pi-1.certificate']!)
      for (const authority of [before!, after!]) expect(leaf.checkIssued(authority)).toBe(true)
    }
    expect((await issueSecrets(spec, later, then)).changed).toBe(false)
  })

  it('renews what an older version issued: a year, from a day back', async () => {
    const { stored } = await issueSecrets(spec, {}, now)
    const old = await endingCertificates(stored, days(365), days(-1))
    expect((await issueSecrets(spec, old, now)).stored['leaf.pi-1.certificate']).not.toBe(old['leaf.pi-1.certificate'])
    expect((await issueSecrets(spec, old, now, { renew: 'none' })).changed).toBe(false)
  })

  it('issues for new names only when a run is to build them', async () => {
    const { stored } = await issueSecrets(spec, {}, now)
    const moved = ClusterSpec.parse({ ...spec, nodes: [spec.nodes[0], { name: 'pi-2', address: '192.0.2.22' }] })
    for (const renew of ['due', 'none'] as const)
      expect((await issueSecrets(moved, stored, now, { renew })).changed).toBe(false)
    const after = (await issueSecrets(moved, stored, now)).stored
    expect(after['leaf.pi-1.certificate']).toBe(stored['leaf.pi-1.certificate'])
    expect(new X509Certificate(after['leaf.pi-2.certificate']!).checkIP('192.0.2.22')).toBe('192.0.2.22')
    expect(after['leaf.pi-2.key']).toBe(stored['leaf.pi-2.key'])

    const ending = await endingCertificates(stored, days(30))
    const renewed = (await issueSecrets(moved, ending, now, { renew: 'due' })).stored
    expect(renewed['leaf.pi-2.certificate']).not.toBe(ending['leaf.pi-2.certificate'])
    expect(new X509Certificate(renewed['leaf.pi-2.certificate']!).checkIP('192.0.2.12')).toBe('192.0.2.12')
  })

  it('gives new keys to a cluster whose authority was replaced', async () => {
    const { stored } = await issueSecrets(spec, {}, now)
    const other = (await issueSecrets(spec, {}, now)).stored
    const replaced = { ...stored, 'ca.certificate': other['ca.certificate']!, 'ca.key': other['ca.key']! }
    const after = (await issueSecrets(spec, replaced, now)).stored
    for (const name of ['leaf.pi-1', 'leaf.pi-2']) expect(after[`${name}.key`], name).not.toBe(stored[`${name}.key`])
  })

  it('drops the leaf of a node that is gone', async () => {
    const { stored } = await issueSecrets(spec, {}, now)
    const smaller = ClusterSpec.parse({ ...spec, nodes: [spec.nodes[0]] })
    expect(Object.keys((await issueSecrets(smaller, stored, now)).stored).join()).not.toContain('pi-2')
  })

  it('makes an SSH key that ssh2 can sign in with', async () => {
    const { ssh } = openSecrets((await issueSecrets(spec, {}, now)).stored)
    expect(ssh.publicKey).toMatch(/^ssh-ed25519 \S+ bramble-home$/)
    const key = ssh2.utils.parseKey(ssh.privateKey.reveal())
    if (key instanceof Error) throw key
    const parsed = Array.isArray(key) ? key[0]! : key
    expect(parsed.isPrivateKey()).toBe(true)
    expect(`ssh-ed25519 ${parsed.getPublicSSH().toString('base64')}`).toBe(
      ssh.publicKey.split(' ').slice(0, 2).join(' '),
    )
  })

  it('makes certificates that a TLS server and client accept from each other, and strangers do not', async () => {
    const real = await issueSecrets(spec, {}, new Date())
    const { ca, leaf } = openSecrets(real.stored)
    const stranger = openSecrets((await issueSecrets(spec, {}, new Date())).stored)
    const server = createServer(
      {
        ca: ca.certificate,
        cert: leaf['pi-1']!.certificate,
        key: leaf['pi-1']!.key.reveal(),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket) => socket.end('hello'),
    )
    server.on('tlsClientError', () => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const ask = (mine: typeof leaf) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({
          port,
          host: '127.0.0.1',
          ca: ca.certificate,
          cert: mine['pi-2']!.certificate,
          key: mine['pi-2']!.key.reveal(),
        })
        let text = ''
        socket.on('data', (data) => {
          text += String(data)
        })
        socket.on('end', () => resolve(text))
        socket.on('error', reject)
      })
    await expect(ask(leaf)).resolves.toBe('hello')
    // TLS 1.3 tells the client only after its handshake.
    expect(await ask(stranger.leaf).catch(() => '')).toBe('')
    server.close()
  })
})

describe('openSecrets', () => {
  it('says what is missing, and its secrets refuse to be printed', async () => {
    expect(() => openSecrets({})).toThrow(/"ca.certificate" is missing/)
    const secrets = openSecrets((await issueSecrets(spec, {}, now)).stored)
    expect(JSON.stringify(secrets)).not.toContain('PRIVATE KEY')
    expect(() => `${secrets.superuser}`).toThrow(/about to be printed/)
  })
})
