/** A redis-server of one's own for a test file, on a unix socket in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { start } from '@bramble/process'

export interface TestRedis {
  /** As REDIS_URL. */
  url: string
  stop(): Promise<void>
}

export async function startRedis(): Promise<TestRedis> {
  const home = await mkdtemp(path.join(tmpdir(), 'bramble-redis-'))
  const socket = path.join(home, 'redis.sock')
  const server = start(
    ['redis-server', '--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', home],
    { stdio: 'ignore' },
  )
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const missing = new Promise<never>((_, reject) =>
    server.once('error', (cause) =>
      reject(new Error('redis-server does not start: install it (apt-get install redis-server)', { cause })),
    ),
  )
  await Promise.race([missing, answers(socket)])
  return {
    url: socket,
    async stop() {
      server.kill('SIGTERM')
      await ended
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function answers(socket: string): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const client = connect(socket)
      client.once('connect', () => resolve(true)).once('error', () => resolve(false))
      client.once('connect', () => client.destroy())
    })
    if (open) return
    if (Date.now() > deadline) throw new Error('The Redis of the tests does not answer')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
