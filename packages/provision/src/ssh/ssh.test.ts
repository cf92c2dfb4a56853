/** A real SSH server on this machine, whose user has the login shell that each test gives him. */
import type { AddressInfo } from 'node:net'
import { ClusterSpec } from '@bramble/cluster'
import { start } from '@bramble/process'
import ssh2 from 'ssh2'
import { afterEach, expect, it } from 'vitest'
import { Secret } from '../engine/types.ts'
import { openFleet } from './fleet.ts'
import { fingerprintOf, openSsh } from './ssh.ts'

const hostKey = ssh2.utils.generateKeyPairSync('ed25519')
const parsed = ssh2.utils.parseKey(hostKey.public)
if (parsed instanceof Error) throw parsed
const fingerprint = fingerprintOf(parsed.getPublicSSH())
const password = new Secret('raspberry')
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** `startup`: the first lines of his ~/.bashrc. */
async function machineWith(startup: string) {
  const clients = new Set<ssh2.Connection>()
  let accepted = 0
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    accepted++
    clients.add(client)
    client.on('close', () => clients.delete(client)).on('error', () => undefined)
    client.on('authentication', (context) =>
      context.method === 'password' && context.password === password.reveal()
        ? context.accept()
        : context.reject(['password']),
    )
    client.on('session', (accept) =>
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec()
        const child = start(['bash', '-c', `${startup}\n${command}`], { stdio: 'pipe' })
        closing.push(() => child.kill('SIGKILL'))
        channel.pipe(child.stdin!)
        child.stdin!.on('error', () => undefined)
        child.stdout!.pipe(channel, { end: false })
        child.stderr!.pipe(channel.stderr, { end: false })
        channel.on('close', () => child.kill('SIGKILL')).on('error', () => undefined)
        child.on('close', (code) => {
          channel.exit(code ?? 255)
          channel.end()
        })
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const client of clients) client.end()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, clients, accepted: () => accepted }
}

async function connected(startup: string) {
  const { port } = await machineWith(startup)
  const logins = [{ user: 'pi', password }]
  const transport = await openSsh({ address: '127.0.0.1', port, logins, hostKey: fingerprint })
  closing.push(() => void transport.close())
  return transport
}

it('brings what a command says, and nothing of what its login shell says', async () => {
  const transport = await connected('echo hello; echo noise >&2; trap "echo bye" EXIT')
  const lines: string[] = []
  const result = await transport.exec(['sh', '-c', 'cat; echo out; echo err >&2; exit 7'], {
    stdin: 'in\n',
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  })
  expect(result).toEqual({ code: 7, stdout: 'in\nout\n', stderr: 'err\n' })
  expect(lines.sort()).toEqual(['stderr err', 'stdout in', 'stdout out'])
})

it('speaks with a command that stays below a talking login shell', async () => {
  const transport = await connected('echo hello; echo noise >&2')
  const heard: string[] = []
  const talk = await transport.talk(['sh', '-c', 'read -r line; echo "got $line"; read -r line; echo last >&2'], {
    onLine: (line) => heard.push(line),
  })
  talk.say('one\n')
  await expect.poll(() => heard, { timeout: 20_000 }).toEqual(['got one'])
  talk.say('two\n')
  expect(await talk.ended).toEqual({ code: 0, stderr: 'last\n' })
})

it.each(['exit 0', 'echo closed; exit 4', 'exec true'])('names a login shell that does: %s', async (startup) => {
  const transport = await connected(startup)
  await expect(transport.exec(['true'])).rejects.toMatchObject({
    code: 'login-shell',
    message: expect.stringContaining('pi@127.0.0.1'),
  })
})

it('names a login shell that never comes to the command', async () => {
  const transport = await connected('sleep 60')
  await expect(transport.exec(['true'], { timeout: 1_000 })).rejects.toMatchObject({ code: 'login-shell' })
})

it.each(['yes', 'true'])('stops listening to a machine that prints without end (startup: %s)', async (startup) => {
  const transport = await connected(startup)
  await expect(transport.exec(['yes'], { mostOutput: 1_000_000 })).rejects.toMatchObject({ code: 'output-too-large' })
})

it('holds the end of what a long command prints, and hands out every line of it', async () => {
  const transport = await connected('')
  let lines = 0
  const result = await transport.exec(['seq', '200000'], { keepOutput: 100, onLine: () => lines++ })
  expect(lines).toBe(200_000)
  expect(result.stdout).toHaveLength(100)
  expect(result.stdout).toMatch(/199999\n200000\n$/)
})

it('tries a login over a connection of its own', async () => {
  const { port, accepted, clients } = await machineWith('')
  const door = { address: '127.0.0.1', port, logins: [{ user: 'pi', password }], hostKey: fingerprint }
  const transport = await openSsh(door)
  closing.push(() => void transport.close())
  await transport.tryLogin!({ user: 'pi', password })
  expect(accepted()).toBe(2)
  await expect(transport.tryLogin!({ user: 'pi', password: new Secret('other') })).rejects.toMatchObject({
    code: 'login-refused',
  })
  await expect.poll(() => clients.size, { timeout: 20_000 }).toBe(1)
})

it('a fleet that is closed has no connection, and opens none any more', async () => {
  const { port, clients, accepted } = await machineWith('')
  const spec = ClusterSpec.parse({
    name: 'home',
    vip: '192.0.2.9',
    ssh: { port },
    nodes: [{ name: 'pi-1', address: '192.0.2.11' }],
  })
  const node = { ...spec.nodes[0]!, address: '127.0.0.1' }
  const fleet = openFleet({ spec, logins: () => [{ user: 'pi', password }], hostKey: () => fingerprint })
  const [one, other] = await Promise.all([fleet.connect(node), fleet.connect(node)])
  expect(one).toBe(other)
  expect(accepted()).toBe(1)
  const working = one.exec(['sleep', '60']).catch((error: unknown) => error)
  await fleet.close()
  expect(await working).toMatchObject({ code: 'connection-lost' })
  await expect(fleet.connect(node)).rejects.toMatchObject({ code: 'closed' })
  await expect.poll(() => clients.size, { timeout: 20_000 }).toBe(0)
  expect(accepted()).toBe(1)
})
