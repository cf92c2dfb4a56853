/** The check that keepalived runs each second, with HAProxy's answers played on loopback ports. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run } from '@bramble/process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkScript } from './keepalived.conf.ts'

let folder: string
let open: Server[]
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bramble-check-'))
  open = []
  writeFileSync(path.join(folder, 'check'), checkScript('192.0.2.100'))
})
afterEach(() => {
  for (const server of open) server.close()
  rmSync(folder, { recursive: true, force: true })
})

const mark = () => path.join(folder, 'mark')

/** A service that answers these paths with 200; null: its port is closed. */
async function service(paths: readonly string[] | null): Promise<number> {
  const server = createServer((link) => {
    link.on('error', () => undefined)
    link.once('data', (data) => {
      const found = paths?.some((one) => String(data).startsWith(`GET ${one} `))
      link.end(`HTTP/1.0 ${found ? '200 OK' : '503 Service Unavailable'}\r\n\r\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  if (paths) open.push(server)
  else await new Promise((resolve) => server.close(resolve))
  return port
}

async function check(
  web: readonly string[] | null,
  postgres: readonly string[] | null,
  taken: boolean | string = false,
): Promise<boolean> {
  const env = {
    MARK: mark(),
    WEB: String(await service(web)),
    POSTGRES: String(await service(postgres)),
    TAKEN: typeof taken === 'string' ? taken : taken ? '/bin/true' : '/bin/false',
  }
  const { code, stderr } = await run(['bash', path.join(folder, 'check')], { env })
  expect(stderr).toBe('')
  return code === 0
}

const alive = ['/alive']
const leading = ['/alive', '/primary']

it('holds with both services and a primary, and without a primary only where nobody else has the address', async () => {
  expect(await check(alive, leading, true)).toBe(true)
  expect(await check(alive, alive)).toBe(true)
  expect(await check(alive, alive, true)).toBe(false)
})

it('keeps the address when it is too busy to ask who else has it', async () => {
  const slow = path.join(folder, 'slow')
  writeFileSync(slow, '#!/bin/bash\nexec sleep 60\n', { mode: 0o755 })
  const begun = performance.now()
  expect(await check(alive, alive, slow)).toBe(true)
  // keepalived waits 3 s.
  expect(performance.now() - begun).toBeLessThan(2900)
})

it('fails without any service', async () => {
  expect(await check(null, null)).toBe(false)
  expect(await check([], [])).toBe(false)
})

it.each([
  ['web traffic', null, leading],
  ['PostgreSQL', alive, null],
])(
  'without the service for %s lets another balancer have the address, and keeps it when there is none',
  async (_, web, postgres) => {
    expect(await check(web, postgres)).toBe(false)
    const since = Number(readFileSync(mark(), 'utf8'))
    expect(since).toBeGreaterThan(0)
    expect(await check(web, postgres)).toBe(false)
    writeFileSync(mark(), String(since - 10))
    expect(await check(web, postgres)).toBe(true)
    expect(await check(web, postgres, true)).toBe(false)
    expect(await check(alive, leading)).toBe(true)
    expect(existsSync(mark())).toBe(false)
  },
)
