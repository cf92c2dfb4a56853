/** Secrets at rest: AES-256-GCM with the installation's key, bound to the place where the sealed bytes lie. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { prisma } from './connection.ts'
import { Refusal } from './refusal.ts'

const format = 1
const nonceLength = 12
const tagLength = 16

/** Seals a text for a place, e.g. `secret/<cluster>/login/pi-1`: elsewhere it does not open. */
export function seal(text: string, place: string): Buffer {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', secretsKey(), nonce)
  cipher.setAAD(Buffer.from(place))
  return Buffer.concat([Buffer.from([format]), nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** Opens what `seal` made for this place. Refusal `secret-unreadable`: another key, another place, or damage. */
export function unseal(sealed: Uint8Array, place: string): string {
  const bytes = Buffer.from(sealed)
  try {
    if (bytes[0] !== format) throw new Error(`unknown format ${bytes[0]}`)
    const decipher = createDecipheriv('aes-256-gcm', secretsKey(), bytes.subarray(1, 1 + nonceLength))
    decipher.setAAD(Buffer.from(place))
    decipher.setAuthTag(bytes.subarray(-tagLength))
    const text = decipher.update(bytes.subarray(1 + nonceLength, -tagLength), undefined, 'utf8')
    return text + decipher.final('utf8')
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(
      'secret-unreadable',
      `The stored secret ${place} does not open with BRAMBLE_SECRET_KEY.`,
      'Give Bramble the key that this database was made with; it is kept in the data directory.',
      { cause: error },
    )
  }
}

function secretsKey(): Buffer {
  const text = process.env.BRAMBLE_SECRET_KEY
  if (!text)
    throw new Refusal(
      'secret-key-missing',
      'BRAMBLE_SECRET_KEY is not set, and without it no secret can be kept.',
      'Start Bramble with ./bramble up, which makes one, or set 32 random bytes in base64.',
    )
  const key = Buffer.from(text, 'base64')
  if (key.length !== 32 || new Set(key).size < 8)
    throw new Refusal(
      'secret-key-invalid',
      'BRAMBLE_SECRET_KEY is not 32 random bytes in base64.',
      'Make one with: head -c 32 /dev/urandom | base64',
    )
  return key
}

const checkName = 'secrets-key-check'
const checkText = 'This text opens with the right key.'

/** At boot: the key is there, sound, and the one this database was made with. Refusal `secret-key-wrong` and the like. */
export async function checkSecretsKey(): Promise<void> {
  const value = seal(checkText, checkName).toString('base64')
  await prisma().setting.createMany({ data: [{ name: checkName, value }], skipDuplicates: true })
  const kept = await prisma().setting.findUniqueOrThrow({ where: { name: checkName } })
  try {
    if (unseal(Buffer.from(String(kept.value), 'base64'), checkName) === checkText) return
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'secret-unreadable') throw error
  }
  throw new Refusal(
    'secret-key-wrong',
    'BRAMBLE_SECRET_KEY is not the key that this database was made with.',
    'Give Bramble the old key: it is kept in the data directory. Without it the stored secrets are lost.',
  )
}
