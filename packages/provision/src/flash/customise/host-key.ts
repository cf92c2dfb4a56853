/** The SSH host key of one card, made before its first contact. */
import { Secret } from '../../engine/types.ts'
import { makeSshKey } from '../../secrets/ssh-key.ts'
import { fingerprintOf } from '../../ssh/ssh.ts'

export interface HostKey {
  /** OpenSSH's format, with its last line break. */
  privateKey: Secret
  /** As in authorized_keys. */
  publicLine: string
  fingerprint: string
}

export function makeHostKey(node: string): HostKey {
  const pair = makeSshKey(`bramble-${node}`)
  const [, body] = pair.public.split(' ')
  return {
    privateKey: new Secret(pair.private),
    publicLine: pair.public,
    fingerprint: fingerprintOf(Buffer.from(body ?? '', 'base64')),
  }
}
