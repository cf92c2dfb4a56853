/** The client against servers that are not, or not quite, a dashboard. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as encryptedServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { appApi } from '@bramble/cluster'
import { Secret } from '@bramble/provision'
import { serverCertificate } from '@bramble/provision/test/certificates'
import { afterEach, expect, test } from 'vitest'
import { DashboardClient } from './client.ts'
import { followEvents, parseEvents } from './events.ts'

const token = `brm_${'0a'.repeat(30)}`
const signal = new AbortController().signal
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function serve(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const client = (origin: string) => new DashboardClient(origin, new Secret(token), signal)
const clientOf = async (listener: RequestListener) => client(`http://127.0.0.1:${await serve(createServer(listener))}`)
const ask = (asking: DashboardClient) => asking.ask(appApi.Clusters, '/api/clusters')

test.each([
  [401, '{"code":"token-invalid","message":"This token is unknown."}', 'token-invalid', 'This token is unknown.'],
  [401, '', 'token-invalid', 'refused the token'],
  [
    403,
    '{"code":"forbidden","message":"Your role does not allow this."}',
    'forbidden',
    'Your role does not allow this.',
  ],
  [404, '{"code":"app-unknown","message":"There is no app x.","cure":"Check."}', 'app-unknown', 'There is no app x.'],
  [404, '<html>', 'dashboard-answer', 'HTTP status 404'],
  [302, '', 'dashboard-answer', 'HTTP status 302'],
  [413, 'too large', 'too-large', 'too large'],
  [200, '<html>', 'dashboard-answer', 'does not understand'],
  [200, '{"clusters":[{}]}', 'dashboard-answer', 'does not understand'],
])('%i %s becomes the trouble %s', async (status, body, code, words) => {
  const asking = await clientOf((_, answer) => {
    answer.writeHead(status, { location: 'http://203.0.113.5/' }).end(body)
  })
  await expect(ask(asking)).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
})

test('a server that ends the connection, and none at all, are unreachable', async () => {
  const asking = await clientOf((request) => request.socket.destroy())
  await expect(ask(asking)).rejects.toMatchObject({ code: 'dashboard-unreachable' })
  await expect(ask(client('http://127.0.0.1:1'))).rejects.toMatchObject({ code: 'dashboard-unreachable' })
})

test('a certificate that cannot be verified is refused before the token is sent', async () => {
  const { certificate, key } = await serverCertificate({ ip: ['127.0.0.1'] })
  const seen: unknown[] = []
  const port = await serve(encryptedServer({ cert: certificate, key }, (request) => seen.push(request.headers)))
  await expect(ask(client(`https://127.0.0.1:${port}`))).rejects.toMatchObject({ code: 'dashboard-certificate' })
  expect(seen).toEqual([])
})

test('a stream that is cut off continues after its last event', async () => {
  const asked: unknown[] = []
  const asking = await clientOf((request, answer) => {
    asked.push(request.headers['last-event-id'] ?? null)
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    if (asked.length === 1) {
      answer.write('event: beat\ndata: null\n\nid: 7\nevent: log\ndata: ["ä"]\n\nid: 8\nevent: log\nda')
      setImmediate(() => request.socket.destroy())
    } else answer.end('id: 8\nevent: log\ndata: ["b"]\n\nevent: end\ndata: null\n\n')
  })
  const events = []
  for await (const event of followEvents(asking, '/api/runs/x/log', signal)) events.push(event)
  expect(events).toEqual([
    { event: 'log', data: ['ä'], id: '7' },
    { event: 'log', data: ['b'], id: '8' },
  ])
  expect(asked).toEqual([null, '7'])
})

test('events are read whichever way their bytes are divided', async () => {
  const bytes = Buffer.from('event: log\ndata: {"text":"grün: 1"}\n\nid: 2\nevent: end\ndata: null\n\n')
  for (const size of [1, 3, 1_000]) {
    const chunks = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const events = []
    for await (const event of parseEvents(chunks())) events.push(event)
    expect(events).toEqual([
      { event: 'log', data: { text: 'grün: 1' }, id: null },
      { event: 'end', data: null, id: '2' },
    ])
  }
})
