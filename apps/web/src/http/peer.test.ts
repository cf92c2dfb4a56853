import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { correctPeers, peerOf } from './peer.ts'

test.each([
  ['192.168.1.7', undefined, '192.168.1.7'],
  ['::ffff:192.168.1.7', undefined, '192.168.1.7'],
  ['192.168.1.7', '10.0.0.1', '192.168.1.7'],
  ['fd00::7', '10.0.0.1', 'fd00::7'],
  ['127.0.0.1', '10.0.0.1', '10.0.0.1'],
  ['::1', '6.6.6.6, 10.0.0.1', '10.0.0.1'],
  ['::ffff:127.0.0.1', undefined, '127.0.0.1'],
  ['127.0.0.1', '', '127.0.0.1'],
])('%s that says it forwards %s is %s', (peer, forwarded, address) => {
  expect(peerOf(peer, forwarded)).toBe(address)
})

test('a server sees it before its handler does', async () => {
  correctPeers()
  const server = createServer((request, response) => response.end(String(request.headers['x-forwarded-for'])))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const said = async (headers: Record<string, string>) =>
      (await fetch(`http://127.0.0.1:${port}/`, { headers })).text()
    expect(await said({})).toBe('127.0.0.1')
    expect(await said({ 'x-forwarded-for': '6.6.6.6, 192.168.1.7' })).toBe('192.168.1.7')
  } finally {
    server.close()
  }
})
