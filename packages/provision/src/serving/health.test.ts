/** The health check of a slot, against servers of this machine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterEach, expect, it } from 'vitest'

const source = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const program = `${source('./decide.py')}\n${source('./agent/health.py')}\nimport json, os, sys\n`
const python = async (code: string, ...words: string[]) =>
  JSON.parse(await must(['python3', '-I', '-c', `${program}${code}`, ...words])) as unknown

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function portOf(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return String((server.address() as AddressInfo).port)
}

const check = `record = dict(app='blog', port=int(sys.argv[1]), health=dict(path='/'), domains=[])
print(json.dumps(check(record, 'a', '127.0.0.1')))`
/** The user of this test owns the app. */
const owner = 'pwd.getpwnam = lambda name: pwd.getpwuid(os.getuid())\n'

it('believes what the user of the app answers, and nobody else on its port', async () => {
  const port = await portOf(createServer((_, answer) => answer.end('yes')))
  expect(await python(owner + check, port)).toBeNull()
  expect(await python(check, port)).toBe(`Another program listens on port ${port}.`)
})

it('says that nothing listens, whoever the app belongs to', async () => {
  expect(await python(check, '1')).toBe('Nothing listens on port 1, the value of PORT.')
})

it('ends when an answer comes byte by byte', async () => {
  const port = await portOf(
    createServer((_, answer) => {
      const { socket } = answer
      socket?.write('HTTP/1.1 200 OK\r\n')
      const drip = setInterval(() => socket?.write('A: b\r\n'), 100)
      socket?.on('error', () => undefined).on('close', () => clearInterval(drip))
    }),
  )
  expect(await python(`CHECKED = 1\n${owner}${check}`, port)).toMatch(/no whole answer within 1 s/)
})

it('finds the owner of the socket that gets connections to an address', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bramble-net-'))
  const row = (place: string, user: number, state = '0A') =>
    `   0: ${place} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${user} 0 1 1 0 100 0 0 10 0\n`
  const every6 = '0'.repeat(32)
  const ask = async (tcp: string[], tcp6: string[] = []) => {
    writeFileSync(join(folder, 'tcp'), `  sl  local_address\n${tcp.join('')}`)
    writeFileSync(join(folder, 'tcp6'), `  sl  local_address\n${tcp6.join('')}`)
    return python(`print(json.dumps(listeners(20000, '192.0.2.11', sys.argv[1])))`, folder)
  }
  try {
    expect(await ask([row('00000000:4E20', 700)])).toEqual([700])
    expect(await ask([row('0B0200C0:4E20', 701)])).toEqual([701])
    expect(await ask([row('0100007F:4E20', 701), row('00000000:4E21', 701), row('00000000:4E20', 701, '01')])).toEqual(
      [],
    )
    expect(await ask([], [row(`${every6}:4E20`, 702)])).toEqual([702])
    // A socket of IPv6 alone takes nothing from the one of IPv4.
    expect(await ask([row('00000000:4E20', 700)], [row(`${every6}:4E20`, 702)])).toEqual([700])
    expect(await ask([], [row('0000000000000000FFFF00000B0200C0:4E20', 703)])).toEqual([703])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
