import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import { ClusterSpec, rotationPhases } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { issueSecrets, openSecrets, type StoredSecrets } from './index.ts'
import { advanceRotation, phaseOf, prepareRotation } from './rotation.ts'

const spec = ClusterSpec.parse({
  name: 'home',
  vip: '192.0.2.100',
  nodes: [
    { name: 'pi-1', address: '192.0.2.11', roles: ['etcd', 'postgres', 'balancer', 'web'] },
    { name: 'pi-2', address: '192.0.2.12' },
  ],
})
const now = new Date()
const all = { application: true, sftp: true }
const prepare = (stored: StoredSecrets, choice = all, asked = 'first') =>
  prepareRotation(spec, stored, { asked, choice, now })
const { stored: before } = await issueSecrets(spec, {}, now)

/** What is stored before the rotation, in each of its phases, and after it. */
async function states(choice = all): Promise<StoredSecrets[]> {
  const list = [before, await prepare(before, choice)]
  for (const phase of rotationPhases) list.push(await advanceRotation(spec, list.at(-1)!, phase, now))
  return list
}

/** Whether a server with the secrets of one node and a client with those of another accept each other. */
async function meet(mine: StoredSecrets, theirs: StoredSecrets): Promise<boolean> {
  const [server, client] = [openSecrets(mine), openSecrets(theirs)]
  const own = server.leaf['pi-1']!
  const listening = createServer(
    {
      ca: server.ca.trusted,
      cert: own.certificate,
      key: own.key.reveal(),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket) => socket.end('hello'),
  )
  listening.on('tlsClientError', () => undefined)
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as { port: number }
  const { certificate, key } = client.leaf['pi-2']!
  const text = await new Promise<string>((resolve) => {
    let heard = ''
    const socket = connect({ port, host: '127.0.0.1', ca: client.ca.trusted, cert: certificate, key: key.reveal() })
    socket.on('data', (data) => {
      heard += String(data)
    })
    socket.on('end', () => resolve(heard))
    socket.on('error', () => resolve(''))
  })
  listening.close()
  return text === 'hello'
}

describe('a rotation', () => {
  it('replaces every secret, and leaves nothing of the old ones or of its own way', async () => {
    const after = (await states()).at(-1)!
    expect(Object.keys(after).filter((name) => !(name in before))).toEqual(['rotation.asked', 'ssh.revoked'])
    // No node ever had the key of the site authority, and devices would have to trust another one.
    const kept = ['backup.passphrase', 'site.ca.certificate', 'site.ca.key']
    for (const [name, text] of Object.entries(before)) expect(after[name] === text, name).toBe(kept.includes(name))
    expect(after['ssh.revoked']).toBe(before['ssh.public'])
    expect(openSecrets(after)).toMatchObject({ rotation: null, lastRotation: 'first' })
  })

  it('keeps what people have entered elsewhere when they ask for that', async () => {
    const after = (await states({ application: false, sftp: false })).at(-1)!
    for (const name of ['application', 'backup.ssh.private', 'backup.ssh.public', 'backup.passphrase'])
      expect(after[name], name).toBe(before[name])
  })

  it('nodes of one phase and of the next accept each other both ways; old and new ones do not', async () => {
    const list = await states()
    for (const [index, state] of list.entries()) {
      const next = list[index + 1]
      expect(await meet(state, state), `phase ${index}`).toBe(true)
      if (!next) continue
      expect(await meet(state, next), `phase ${index} and the next`).toBe(true)
      expect(await meet(next, state), `phase ${index} and the next`).toBe(true)
    }
    expect(await meet(before, list.at(-1)!)).toBe(false)
    expect(await meet(list.at(-1)!, before)).toBe(false)
  })

  it('trusts the same authorities in the same order while certificates and passwords are replaced', async () => {
    const [, trust, identity, passwords, finish] = (await states()).map((state) => openSecrets(state).ca.trusted)
    expect([identity, passwords]).toEqual([trust, trust])
    expect(trust).toContain(before['ca.certificate'])
    expect(finish).not.toContain(before['ca.certificate'])
  })

  it('never makes a third generation, wherever it is taken up again and whatever is asked then', async () => {
    const list = await states()
    const final = list.at(-1)!
    for (const state of list.slice(1)) {
      // As after an interruption: the asking is repeated, perhaps by another person with other wishes.
      let stored = await prepare(state, { application: false, sftp: false }, phaseOf(state) ? 'second' : 'first')
      expect(stored).toBe(state)
      for (const phase of rotationPhases) stored = await advanceRotation(spec, stored, phase, now)
      for (const name of ['ca.certificate', 'superuser', 'vrrp', 'application', 'ssh.private', 'statistics'])
        expect(stored[name], name).toBe(final[name])
    }
  })

  it('does not go back when a phase is told to be done twice', async () => {
    const list = await states()
    for (const phase of rotationPhases) {
      const reached = list[rotationPhases.indexOf(phase) + 2]!
      expect(await advanceRotation(spec, reached, phase, now)).toBe(reached)
    }
  })

  it('another one replaces everything again and remembers both old SSH keys', async () => {
    const once = (await states()).at(-1)!
    let twice = await prepare(once, all, 'second')
    expect(phaseOf(twice)).toBe('trust')
    for (const phase of rotationPhases) twice = await advanceRotation(spec, twice, phase, now)
    expect(openSecrets(twice).ssh.revokedKeys).toEqual([before['ssh.public'], once['ssh.public']])
    expect(twice.superuser).not.toBe(once.superuser)
  })

  it('gives the next certificates to a node that joins meanwhile, and every phase is what a provisioning would issue', async () => {
    const grown = ClusterSpec.parse({ ...spec, nodes: [...spec.nodes, { name: 'pi-3', address: '192.0.2.13' }] })
    for (const state of await states()) {
      expect((await issueSecrets(spec, state, now)).changed).toBe(false)
      const { stored } = await issueSecrets(grown, state, now)
      const authority = new X509Certificate(stored['ca.certificate']!)
      expect(new X509Certificate(stored['leaf.pi-3.certificate']!).checkIssued(authority)).toBe(true)
      expect(await meet(stored, state)).toBe(true)
    }
  })

  it('tries the key of before only until every node has the new one', async () => {
    const keys = (await states()).map((state) => openSecrets(state).ssh)
    expect(keys.map(({ formerKey }) => formerKey?.reveal())).toEqual([
      undefined,
      ...Array(3).fill(before['ssh.private']),
      undefined,
      undefined,
    ])
    expect(new Set(keys.slice(1).map(({ publicKey }) => publicKey)).size).toBe(1)
  })
})
