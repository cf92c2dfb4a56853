/** Signatures that `ssh-keygen -Y sign` makes (OpenSSH's PROTOCOL.sshsig), by ed25519 keys. */
import { createHash, createPublicKey, verify } from 'node:crypto'

export interface SignedText {
  armor: string
  /** The key that must have signed, as in authorized_keys. */
  publicLine: string
  namespace: string
  text: string
}

/** False for everything that is not a right signature: other key, namespace, algorithm, version, or broken. */
export function verifySignature({ armor, publicLine, namespace, text }: SignedText): boolean {
  try {
    const blob = Buffer.from(publicLine.split(' ')[1] ?? '', 'base64')
    const signature = parseArmor(armor)
    if (!signature.key.equals(blob) || signature.namespace !== namespace) return false
    const digest = createHash(signature.hash).update(text, 'utf8').digest()
    const signed = Buffer.concat([
      Buffer.from(magic),
      ...[namespace, '', signature.hash].map((part) => packed(Buffer.from(part))),
      packed(digest),
    ])
    return verify(null, signed, ed25519Key(blob), signature.bytes)
  } catch {
    return false
  }
}

const magic = 'SSHSIG'
const algorithm = 'ssh-ed25519'
const frame = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*$/

function parseArmor(armor: string) {
  const body = frame.exec(armor)?.[1]
  if (!body) throw new Error('no armour')
  const fields = new Fields(Buffer.from(body, 'base64'))
  if (fields.bytes(magic.length).toString('latin1') !== magic || fields.number() !== 1) throw new Error('no SSHSIG v1')
  const key = fields.field()
  const namespace = fields.field().toString('utf8')
  // Reserved: signed as empty below, so it must be empty.
  if (fields.field().length > 0) throw new Error('unknown field')
  const hash = fields.field().toString('latin1')
  if (hash !== 'sha512' && hash !== 'sha256') throw new Error('unknown hash')
  const inner = new Fields(fields.field())
  fields.end()
  if (inner.field().toString('latin1') !== algorithm) throw new Error('unknown algorithm')
  const bytes = inner.field()
  inner.end()
  return { key, namespace, hash, bytes }
}

/** The raw key of an OpenSSH blob, wrapped as Node takes it. */
function ed25519Key(blob: Buffer) {
  const fields = new Fields(blob)
  if (fields.field().toString('latin1') !== algorithm) throw new Error('no ed25519 key')
  const raw = fields.field()
  fields.end()
  if (raw.length !== 32) throw new Error('no ed25519 key')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' })
}

function packed(field: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(field.length)
  return Buffer.concat([length, field])
}

/** Reads SSH's wire format; throws when it ends too early or too late. */
class Fields {
  readonly #data: Buffer
  #at = 0

  constructor(data: Buffer) {
    this.#data = data
  }

  bytes(length: number): Buffer {
    if (this.#at + length > this.#data.length) throw new Error('it ends too early')
    this.#at += length
    return this.#data.subarray(this.#at - length, this.#at)
  }

  number(): number {
    return this.bytes(4).readUInt32BE()
  }

  field(): Buffer {
    return this.bytes(this.number())
  }

  end(): void {
    if (this.#at !== this.#data.length) throw new Error('it ends too late')
  }
}
