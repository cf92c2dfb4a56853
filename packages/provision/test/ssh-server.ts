/** An SSH server on loopback that runs commands as this user, for tests of what signs in: the protocol is real, the machine is this one. */

import { start } from '@bramble/process'
import ssh2 from 'ssh2'

export interface SshServer {
  port: number
  stop(): Promise<void>
}

/**
 * `hostKey`: a private key, OpenSSH format. `authorized`: public-key lines that may sign in, read at each login. `password`: one that
 * may sign in, too, told every password that arrives.
 */
export async function startSshServer(
  hostKey: string,
  authorized: () => Promise<string>,
  password: (typed: string) => boolean = () => false,
  port = 0,
): Promise<SshServer> {
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', async (attempt) => {
      if (attempt.method === 'password' && password(attempt.password)) return attempt.accept()
      if (attempt.method !== 'publickey') return attempt.reject(['publickey', 'password'])
      const lines = (await authorized().catch(() => '')).split('\n').filter(Boolean)
      const known = lines
        .map((line) => ssh2.utils.parseKey(line))
        .find((key) => !(key instanceof Error) && key.getPublicSSH().equals(attempt.key.data))
      if (!known || known instanceof Error) return attempt.reject(['publickey'])
      // The first question has no signature: it only asks whether this key would do.
      const { signature, blob, hashAlgo } = attempt
      if (signature && (!blob || known.verify(blob, signature, hashAlgo) !== true)) return attempt.reject(['publickey'])
      attempt.accept()
    })
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec()
        // As sshd does: the command line goes to a shell.
        const child = start(['sh', '-c', command], { stdio: ['pipe', 'pipe', 'pipe'] })
        channel.pipe(child.stdin!)
        child.stdin!.on('error', () => undefined)
        child.stdout!.pipe(channel, { end: false })
        child.stderr!.pipe(channel.stderr, { end: false })
        child.once('close', (code) => {
          channel.exit(code ?? 255)
          channel.end()
        })
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const bound = server.address() as { port: number }
  return { port: bound.port, stop: () => new Promise((resolve) => server.close(() => resolve())) }
}
