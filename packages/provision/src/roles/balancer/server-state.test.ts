import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run } from '@bramble/process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serverKeeperProgram } from './server-state.ts'

// As HAProxy 2.6.12 of Bookworm said it: pi-1 and pi-4 in no state of anybody's, pi-2 in maintenance with a check port of
// its own, pi-3 drained, all by their checks down but pi-4. HAProxy 3.0 of Trixie has the same columns.
const head =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port'
const said = `1
${head}
3 web 1 pi-1 127.0.0.1 0 0 1 1 6 8 2 0 6 0 0 0 - 39881 - 0 0 - - 0
3 web 2 pi-2 127.0.0.1 0 1 1 1 5 8 2 0 14 0 0 0 - 39882 - 0 39883 - - 39883
3 web 3 pi-3 127.0.0.1 0 8 1 1 2 8 2 0 6 0 0 0 - 39884 - 0 0 - - 0
4 postgres-primary 1 pi-4 127.0.0.1 2 0 1 1 6 1 0 2 0 0 0 0 - 39885 - 0 0 - - 0

`

const config = (port = 39884) => `global
  server-state-file /somewhere
backend web
  default-server inter 1s
  server pi-1 127.0.0.1:39881 check
  server pi-2 127.0.0.1:39882 check port 39883
  server pi-3 127.0.0.1:${port} check
frontend other
  bind :80
backend postgres-primary
  server pi-4 127.0.0.1:39885
`

let folder: string
let haproxy: Server | undefined
const at = (name: string) => path.join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bramble-state-'))
  writeFileSync(at('haproxy.cfg'), config())
  writeFileSync(at('program'), serverKeeperProgram)
})
afterEach(async () => {
  await new Promise((resolve) => (haproxy ? haproxy.close(resolve) : resolve(null)))
  haproxy = undefined
  rmSync(folder, { recursive: true, force: true })
})

async function runs(socket = 'admin.sock', state = said) {
  haproxy = createServer((link) => {
    link.on('error', () => undefined)
    link.once('data', (data) => link.end(String(data) === 'show servers state\n' ? state : 'Unknown command'))
  })
  await new Promise<void>((resolve) => haproxy?.listen(at(socket), resolve))
}

/** The rows of the file that the program leaves: server, operation, asked, port, check port, agent port. */
async function left(mode: 'save' | 'start', service?: 'postgres') {
  const env = {
    BRAMBLE_HAPROXY_RUN: folder,
    BRAMBLE_HAPROXY_CONFIG: at('haproxy.cfg'),
    BRAMBLE_HAPROXY_KEPT: at('kept'),
  }
  const argv = ['python3', '-I', at('program'), mode, ...(service ? [service] : [])]
  const { code, stderr } = await run(argv, { env })
  expect([code, stderr]).toEqual([0, ''])
  const lines = readFileSync(at(service ? 'kept/haproxy-postgres.state' : 'kept/haproxy.state'), 'utf8')
    .trimEnd()
    .split('\n')
  expect(lines[0]).toBe('1')
  return lines
    .filter((line) => !/^(1$|#)/.test(line))
    .map((line) => line.split(' '))
    .map((row) => [row[3], row[5], row[6], row[18], row[21], row[24]].join(' '))
}

describe('before a reload', () => {
  it('keeps all that HAProxy knows, and leaves the ports of checks to the configuration', async () => {
    await runs()
    expect(await left('save')).toEqual([
      'pi-1 0 0 39881 0 0',
      'pi-2 0 1 39882 0 0',
      'pi-3 0 8 39884 0 0',
      'pi-4 2 0 39885 0 0',
    ])
  })
  it('takes port and address from the new configuration, and forgets servers that are not in it', async () => {
    await runs()
    writeFileSync(
      at('haproxy.cfg'),
      config(40_000)
        .replace(/^ {2}server pi-2.*\n/m, '')
        .replace('127.0.0.1:39881', '127.0.0.9:39881'),
    )
    expect(await left('save')).toEqual(['pi-3 2 8 40000 0 0', 'pi-4 2 0 39885 0 0'])
  })
  it('leaves what people asked when HAProxy does not answer', async () => {
    await runs()
    await left('save')
    await new Promise((resolve) => haproxy?.close(resolve))
    haproxy = undefined
    expect(await left('save')).toEqual(['pi-2 0 1 39882 0 0', 'pi-3 2 8 39884 0 0'])
  })
})

describe('a server of an app', () => {
  const app = (server: string, asked: number, port: number) =>
    `5 app-blog 1 ${server} 127.0.0.1 2 ${asked} 1 1 6 8 2 0 6 0 0 0 - ${port} - 0 0 - - 0`
  const declared = `backend app-blog
  server pi-1-a 127.0.0.1:1 check disabled
  server pi-1-b 127.0.0.1:1 check disabled
`
  it('goes through a reload with the port that it was told, and begins in maintenance with a start', async () => {
    await runs('admin.sock', `${said.trimEnd()}\n${app('pi-1-a', 4, 20_000)}\n${app('pi-1-b', 5, 1)}\n`)
    writeFileSync(at('haproxy.cfg'), config() + declared)
    const own = (rows: string[]) => rows.filter((row) => /^pi-1-/.test(row))
    expect(own(await left('save'))).toEqual(['pi-1-a 2 4 20000 0 0', 'pi-1-b 2 5 1 0 0'])
    expect(own(await left('start'))).toEqual([])
  })
})

describe('before a start', () => {
  it('leaves only what people asked: who was up may be long untrue', async () => {
    await runs()
    await left('save')
    expect(await left('start')).toEqual(['pi-2 0 1 39882 0 0', 'pi-3 2 8 39884 0 0'])
    expect(await left('start')).toEqual(['pi-2 0 1 39882 0 0', 'pi-3 2 8 39884 0 0'])
  })
  it('makes an empty file at the first one', async () => {
    expect(await left('start')).toEqual([])
  })
})

describe('of PostgreSQL', () => {
  it('has a file and a socket of its own', async () => {
    await runs('postgres.sock')
    expect(await left('save', 'postgres')).toContain('pi-3 0 8 39884 0 0')
    expect(await left('start')).toEqual([])
  })
  it('takes over what people asked when one service did both', async () => {
    await runs()
    await left('save')
    expect(await left('start', 'postgres')).toEqual(['pi-2 0 1 39882 0 0', 'pi-3 2 8 39884 0 0'])
  })
})
