/** Encryption to a public key (X25519, HKDF-SHA-256, AES-256-GCM): who has only that can store a secret, but not read one. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'

/** Raw X25519 keys, 32 bytes each. */
export interface KeyPair {
  publicKey: Buffer
  privateKey: Buffer
}

/** First byte of a sealed value; 1 was a key shared by all. */
export const boxFormat = 2
const keyIdLength = 8
const keyLength = 32
const headerLength = 1 + keyIdLength + keyLength
const nonceLength = 12
const tagLength = 16

/** What stands before a raw key in DER (RFC 8410). */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')

export function makeKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('x25519')
  return keyPairOf(privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-keyLength))
}

/** The key pair of a private key. Any 32 bytes are one. */
export function keyPairOf(privateKey: Buffer): KeyPair {
  return { privateKey, publicKey: rawPublic(createPublicKey(privateObject(privateKey))) }
}

/** Names a public key inside what is sealed to it: 16 hexadecimal digits. */
export function keyIdOf(publicKey: Uint8Array): string {
  return createHash('sha256')
    .update(publicKey)
    .digest('hex')
    .slice(0, 2 * keyIdLength)
}

/** Seals bytes for one place, such as `secret/<cluster>/login/pi-1`: at another place they do not open. */
export function sealFor(publicKey: Uint8Array, bytes: Uint8Array, place: string): Buffer<ArrayBuffer> {
  const once = generateKeyPairSync('x25519')
  const header = Buffer.concat([
    Buffer.from([boxFormat]),
    Buffer.from(keyIdOf(publicKey), 'hex'),
    rawPublic(once.publicKey),
  ])
  const { key, nonce } = derive(once.privateKey, publicObject(publicKey), header, publicKey)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.concat([header, Buffer.from(place)]))
  return Buffer.concat([header, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

/** Opens what `sealFor` made for this key and place. Throws when it is another key's or another place's, or damaged. */
export function openWith(privateKey: Buffer, sealed: Uint8Array, place: string): Buffer {
  const bytes = Buffer.from(sealed)
  if (bytes[0] !== boxFormat || bytes.length < headerLength + tagLength) throw new Error('not a sealed value')
  const own = keyPairOf(privateKey).publicKey
  if (sealedTo(bytes) !== keyIdOf(own)) throw new Error('sealed to another key')
  const header = bytes.subarray(0, headerLength)
  const once = publicObject(header.subarray(1 + keyIdLength))
  const { key, nonce } = derive(privateObject(privateKey), once, header, own)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAAD(Buffer.concat([header, Buffer.from(place)]))
  decipher.setAuthTag(bytes.subarray(-tagLength))
  return Buffer.concat([decipher.update(bytes.subarray(headerLength, -tagLength)), decipher.final()])
}

/** Id of the key that a value is sealed to; null: it is of another format. */
export function sealedTo(sealed: Uint8Array): string | null {
  return sealed[0] === boxFormat ? Buffer.from(sealed.subarray(1, 1 + keyIdLength)).toString('hex') : null
}

/** The ephemeral key is new each time, so key and nonce are used once. */
function derive(privateKey: KeyObject, publicKey: KeyObject, header: Buffer, recipient: Uint8Array) {
  const shared = diffieHellman({ privateKey, publicKey })
  const salt = Buffer.concat([header, recipient])
  const bytes = Buffer.from(hkdfSync('sha256', shared, salt, 'bramble sealed box', 32 + nonceLength))
  return { key: bytes.subarray(0, 32), nonce: bytes.subarray(32) }
}

function privateObject(raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([privatePrefix, raw]), format: 'der', type: 'pkcs8' })
}

function publicObject(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' })
}

function rawPublic(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(-keyLength)
}
