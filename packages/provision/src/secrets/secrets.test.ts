import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import { ClusterSpec } from '@bramble/cluster'
import ssh2 from 'ssh2'
import { describe, expect, it } from 'vitest'
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

  it('issues leafs that the authority signed, for the right names, from a day back', async () => {
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
    expect(Date.parse(certificate.validFrom)).toBe(days(-1).getTime())
    expect(certificate.checkPrivateKey(createPrivateKey(leaf['pi-1']!.key.reveal()))).toBe(true)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  })

  it('renews a leaf when less than 30 days are left or its names changed, and only then', async () => {
    const { stored } = await issueSecrets(spec, {}, now)
    expect((await issueSecrets(spec, stored, days(334))).changed).toBe(false)
    const later = await issueSecrets(spec, stored, days(336))
    expect(later.stored['leaf.pi-1.certificate']).not.toBe(stored['leaf.pi-1.certificate'])
    expect(later.stored['ca.certificate']).toBe(stored['ca.certificate'])

    const moved = ClusterSpec.parse({ ...spec, nodes: [spec.nodes[0], { name: 'pi-2', address: '192.0.2.22' }] })
    const after = (await issueSecrets(moved, stored, now)).stored
    expect(after['leaf.pi-1.certificate']).toBe(stored['leaf.pi-1.certificate'])
    expect(after['leaf.pi-2.certificate']).not.toBe(stored['leaf.pi-2.certificate'])
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
