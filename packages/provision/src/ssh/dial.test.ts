import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { dial, labGateway, leadThrough } from './dial.ts'

it('reaches a network through the gateway that it is led through, and every other lab through its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-dial-'))
  const gateway = join(folder, 'gateway.sock')
  const asked: string[] = []
  const server = createServer().on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    socket.end('HTTP/1.1 200 Connected\r\n\r\nhello')
  })
  onTestFinished(async () => {
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  await once(server.listen(gateway), 'listening')

  leadThrough('198.19.255', gateway)
  const socket = await dial('198.19.255.11', 22)
  const [words] = await once(socket.setEncoding('utf8'), 'data')
  socket.destroy()
  expect(words).toBe('hello')
  expect(asked).toEqual(['198.19.255.11:22'])
  expect(labGateway('198.18.25.11')).toBe('/run/bramble-lab/25/gateway.sock')
})
