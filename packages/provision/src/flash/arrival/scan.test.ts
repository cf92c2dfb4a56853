import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeHostKey } from '../customise/host-key.ts'
import { findByHostKey, type ScanInput } from './scan.ts'

// All of 127/8 is this machine, on Linux alone.
describe.skipIf(process.platform !== 'linux')('findByHostKey', () => {
  const [ours, second, stranger] = [makeHostKey('pi-1'), makeHostKey('pi-2'), makeHostKey('pi-3')]
  const servers: { close(): unknown }[] = []
  const logins: string[] = []
  let port = 0

  beforeAll(async () => {
    // Silent: takes the connection and says nothing.
    const silent: Server = createServer(() => undefined).listen(0, '127.0.7.11')
    await once(silent, 'listening')
    servers.push(silent)
    port = (silent.address() as { port: number }).port
    for (const [address, key] of [
      ['127.0.7.5', ours],
      ['127.0.7.9', stranger],
      ['127.0.7.200', second],
    ] as const) {
      const server = new ssh2.Server({ hostKeys: [key.privateKey.reveal()] }, (client) => {
        client.on('error', () => undefined)
        client.on('authentication', ({ method }) => logins.push(method))
      })
      server.listen(port, address)
      await once(server, 'listening')
      servers.push(server)
    }
  })
  afterAll(() => {
    for (const server of servers) server.close()
  })

  async function scan(input: Partial<ScanInput>) {
    const found: string[] = []
    const strangers: string[] = []
    const started = performance.now()
    await findByHostKey({
      networks: [{ address: '127.0.7.1', prefix: 24 }],
      port,
      fingerprints: new Set([ours.fingerprint, second.fingerprint]),
      onFound: (address, fingerprint) => void found.push(`${address} ${fingerprint}`),
      onStranger: (address, fingerprint) => void strangers.push(`${address} ${fingerprint}`),
      ...input,
    })
    return { found: found.sort(), strangers, took: performance.now() - started }
  }

  it('finds each wanted key in the whole network and signs in nowhere', async () => {
    const { found, strangers, took } = await scan({})
    // The silent machine alone would take three seconds.
    expect(took).toBeLessThan(2900)
    expect(found).toEqual([`127.0.7.200 ${second.fingerprint}`, `127.0.7.5 ${ours.fingerprint}`])
    expect(strangers).toEqual([])
    expect(logins).toEqual([])
  })

  it('tells who else is at an expected address', async () => {
    const { found, strangers } = await scan({
      first: ['127.0.7.9', '127.0.7.5'],
      fingerprints: new Set([ours.fingerprint]),
    })
    expect(found).toEqual([`127.0.7.5 ${ours.fingerprint}`])
    expect(strangers).toEqual([`127.0.7.9 ${stranger.fingerprint}`])
  })

  it('asks each address once, and none of its own', async () => {
    const { found } = await scan({
      first: ['127.0.7.5', '127.0.7.5'],
      networks: [{ address: '127.0.7.200', prefix: 24 }],
    })
    expect(found).toEqual([`127.0.7.5 ${ours.fingerprint}`])
  })

  it('ends at the signal, also while a machine stays silent', async () => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 100)
    const { found, took } = await scan({ networks: [], first: ['127.0.7.11'], signal: abort.signal })
    expect(found).toEqual([])
    expect(took).toBeLessThan(1000)
  })
})
