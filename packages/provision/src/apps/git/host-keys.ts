/** Host keys of git servers: shown to a person once, then pinned. */
import { Trouble } from '../../engine/types.ts'
import { type HostKeyOptions, shownPublicKey } from '../../ssh/host-key.ts'
import { fingerprintOf } from '../../ssh/ssh.ts'
import { bareHost, gitUrl } from './access.ts'

/** As in known_hosts, such as `ssh-ed25519 AAAA…`. Troubles `git-url`, `git-unreachable`. */
export async function gitHostKey(url: string, options: HostKeyOptions = {}): Promise<string> {
  const parsed = gitUrl(url)
  if (parsed.protocol !== 'ssh') throw new Error(`${url} has no host key`)
  try {
    const key = await shownPublicKey(bareHost(parsed), parsed.port, options)
    const length = key.readUInt32BE(0)
    return `${key.subarray(4, 4 + length).toString('latin1')} ${key.toString('base64')}`
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    throw new Trouble('git-unreachable', error.message, 'Check the host and the port, then try again.')
  }
}

/** `SHA256:…` of a line as of `gitHostKey`. */
export const hostKeyFingerprint = (line: string): string =>
  fingerprintOf(Buffer.from(line.split(' ')[1] ?? '', 'base64'))
