/** Pairs of SSH keys in OpenSSH's own formats. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'

export interface SshKeyPair {
  /** OpenSSH's private format without a passphrase, with its last line break. */
  private: string
  /** As in authorized_keys: algorithm, key, comment. */
  public: string
}

const algorithm = 'ssh-ed25519'

/** ed25519. (ssh2's own generator makes an unreadable key now and then: it loses a zero that the key begins with.) */
export function makeSshKey(comment: string): SshKeyPair {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const blob = Buffer.concat([field(algorithm), field(point)])
  // The same random number twice: how a reader knows that it has decrypted rightly.
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, blob, field(Buffer.concat([seed, point])), field(comment)])
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1))
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(field),
    number(1),
    field(blob),
    field(Buffer.concat([secret, padding])),
  ])
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? []
  return {
    private: ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n'),
    public: `${algorithm} ${blob.toString('base64')} ${comment}`,
  }
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([number(bytes.length), bytes])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
