/** The SSH host key of one card, made before its first contact. */
import ssh2 from 'ssh2'
import { Secret } from '../../core/types.ts'
import { fingerprintOf } from '../../transports/ssh.ts'

export interface HostKey {
  /** OpenSSH's format, with its last line break. */
  privateKey: Secret
  /** As in authorized_keys. */
  publicLine: string
  fingerprint: string
}

export function makeHostKey(node: string): HostKey {
  const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: `bramble-${node}` })
  const [, body] = pair.public.split(' ')
  return {
    privateKey: new Secret(pair.private.endsWith('\n') ? pair.private : `${pair.private}\n`),
    publicLine: pair.public.trim(),
    fingerprint: fingerprintOf(Buffer.from(body ?? '', 'base64')),
  }
}
