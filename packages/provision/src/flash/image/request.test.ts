import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { get } from './request.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

/** Answers with the Authorization it was sent; below `/to/` it leads elsewhere. */
async function startServer(): Promise<string> {
  const server = createServer(({ url = '', headers }, response) => {
    const to = /^\/to\/(.+)$/.exec(url)?.[1]
    if (to) response.writeHead(302, { location: decodeURIComponent(to) }).end()
    else response.end(headers.authorization ?? 'none')
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('what lets one in goes along to the same host, and not to another', async () => {
  const [here, there] = [await startServer(), await startServer()]
  const sent = async (url: string) => {
    const { body } = await get(new URL(url), { headers: { Authorization: 'Bearer x' }, silence: 5_000 })
    return (await body.toArray()).join('')
  }
  const to = (place: string) => `${here}/to/${encodeURIComponent(place)}`
  expect(await sent(`${here}/file`)).toBe('Bearer x')
  expect(await sent(to(`${here}/file`))).toBe('Bearer x')
  expect(await sent(to(`${there}/file`))).toBe('none')
  // Also when the other one leads back.
  expect(await sent(to(`${there}/to/${encodeURIComponent(`${here}/file`)}`))).toBe('none')
})
