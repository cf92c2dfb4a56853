/** Against a real SSH server on this machine: what it is told before its host key was compared. */
import ssh2 from 'ssh2'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type SshServer, startSshServer } from '../../test/ssh-server.ts'
import { Secret } from '../engine/types.ts'
import { shownHostKey } from '../ssh/host-key.ts'
import { fingerprintOf, openSsh } from '../ssh/ssh.ts'
import { probe } from './probe.ts'

const pair = () => ssh2.utils.generateKeyPairSync('ed25519')
const fingerprint = (key: string) => {
  const parsed = ssh2.utils.parseKey(key)
  if (parsed instanceof Error) throw parsed
  return fingerprintOf(parsed.getPublicSSH())
}
const own = pair()
const address = '127.0.0.1'
const logins = [{ user: 'pi', password: new Secret('raspberry') }]
let server: SshServer
let arrived: string[]
beforeEach(async () => {
  arrived = []
  server = await startSshServer(
    own.private,
    async () => '',
    (typed) => arrived.push(typed) > 0 && typed === 'raspberry',
  )
})
afterEach(() => server.stop())

it('shows its host key, and is sent no password for that', async () => {
  expect(await shownHostKey(address, server.port)).toBe(fingerprint(own.public))
  expect(arrived).toEqual([])
})

it('is sent the password when it shows the pinned key, and by nothing else', async () => {
  const { port } = server
  const hostKey = fingerprint(pair().public)
  await expect(probe({ address, port, logins, hostKey })).rejects.toMatchObject({ code: 'host-key-changed' })
  await expect(openSsh({ address, port, logins })).rejects.toMatchObject({ code: 'host-key-unknown' })
  expect(arrived).toEqual([])
  const transport = await openSsh({ address, port, logins, hostKey: fingerprint(own.public) })
  await transport.close()
  expect(arrived).toEqual(['raspberry'])
})

it('a port on which nobody speaks SSH is named', async () => {
  const { port } = server
  await server.stop()
  await expect(shownHostKey(address, port)).rejects.toMatchObject({ code: 'unreachable' })
  server = await startSshServer(own.private, async () => '')
})
