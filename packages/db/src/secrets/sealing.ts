/**
 * Secrets at rest, sealed to the installation's public key, which is in the database. The private key comes from
 * BRAMBLE_SECRET_KEY, which worker and command line have and the dashboard has not.
 */
import { createDecipheriv, hkdfSync } from 'node:crypto'
import type pg from 'pg'
import { prisma, transaction } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { sealAgain } from './seal-again.ts'
import { boxFormat, type KeyPair, keyIdOf, keyPairOf, openWith, sealFor } from './sealed-box.ts'

const shared = globalThis as { brambleSealingKey?: Promise<Uint8Array> | undefined }

/** Seals a text for a place, e.g. `secret/<cluster>/login/pi-1`: elsewhere it does not open. Refusal `database-not-ready`. */
export async function seal(text: string, place: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(sealFor(await publicKey(), Buffer.from(text), place))
}

/** Opens what `seal` made for this place. Refusal `secret-key-missing`; `secret-unreadable`: another key, place, or damage. */
export function unseal(sealed: Uint8Array, place: string): string {
  return unsealWith(masterKey(), sealed, place)
}

/** As `unseal`, with a given BRAMBLE_SECRET_KEY. */
export function unsealWith(master: Buffer, sealed: Uint8Array, place: string): string {
  try {
    if (sealed[0] === boxFormat) return openWith(keysOf(master).privateKey, sealed, place).toString('utf8')
    return unsealShared(master, Buffer.from(sealed), place)
  } catch (error) {
    throw new Refusal(
      'secret-unreadable',
      `Cannot decrypt the stored secret ${place} with BRAMBLE_SECRET_KEY.`,
      'Give Bramble the key that this database was made with; it is kept in the data directory.',
      { cause: error },
    )
  }
}

/** What earlier versions wrote: one key for everybody, `1 nonce(12) ciphertext tag(16)`. */
function unsealShared(master: Buffer, bytes: Buffer, place: string): string {
  if (bytes[0] !== 1) throw new Error(`unknown format ${bytes[0]}`)
  const decipher = createDecipheriv('aes-256-gcm', master, bytes.subarray(1, 13))
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(bytes.subarray(-16))
  return decipher.update(bytes.subarray(13, -16), undefined, 'utf8') + decipher.final('utf8')
}

/** The pair that BRAMBLE_SECRET_KEY stands for. */
export function keysOf(master: Buffer): KeyPair {
  return keyPairOf(Buffer.from(hkdfSync('sha256', master, '', 'bramble sealing key', 32)))
}

/** Who has the private key knows the public one; the dashboard reads it once. */
function publicKey(): Promise<Uint8Array> {
  if (process.env.BRAMBLE_SECRET_KEY) return Promise.resolve(keysOf(masterKey()).publicKey)
  shared.brambleSealingKey ??= readPublicKey().catch((error: unknown) => {
    shared.brambleSealingKey = undefined
    throw error
  })
  return shared.brambleSealingKey
}

async function readPublicKey(): Promise<Uint8Array> {
  const row = await prisma().sealingKey.findFirst()
  if (row) return row.publicKey
  throw new Refusal(
    'database-not-ready',
    'Bramble has no encryption key for stored secrets yet.',
    'Start it with ./bramble up or docker compose up, then try again.',
  )
}

function masterKey(): Buffer {
  const text = process.env.BRAMBLE_SECRET_KEY
  if (!text)
    throw new Refusal(
      'secret-key-missing',
      'BRAMBLE_SECRET_KEY is not set, and without it no stored secret can be read.',
      'Start Bramble with ./bramble up, which makes one, or set 32 random bytes in base64.',
    )
  return readMasterKey(text)
}

/** Refusal `secret-key-invalid`. */
export function readMasterKey(text: string): Buffer {
  const key = Buffer.from(text, 'base64')
  if (key.length !== 32 || new Set(key).size < 8)
    throw new Refusal(
      'secret-key-invalid',
      'BRAMBLE_SECRET_KEY is not 32 random bytes in base64.',
      'Make one with: head -c 32 /dev/urandom | base64',
    )
  return key
}

/**
 * At boot: the key is there, sound, and the one this database was made with. What an earlier version sealed is sealed
 * again to the public key. Refusal `secret-key-wrong` and those of the key itself.
 */
export async function checkSecretsKey(): Promise<void> {
  const master = masterKey()
  const { publicKey: own } = keysOf(master)
  await transaction(async (client) => {
    await client.query('lock table sealing_key in share row exclusive mode')
    const known = await client.query<{ id: string }>('select id from sealing_key')
    const right = known.rows[0] ? known.rows[0].id === keyIdOf(own) : await isKeyOfEarlierVersion(client, master)
    if (!right)
      throw new Refusal(
        'secret-key-wrong',
        'BRAMBLE_SECRET_KEY is not the key that this database was made with.',
        'Give Bramble the old key: it is kept in the data directory. Without it the stored secrets are lost.',
      )
    if (!known.rows[0])
      await client.query('insert into sealing_key (id, public_key) values ($1, $2)', [keyIdOf(own), own])
    await sealAgain(client, {
      skip: (sealed) => sealed[0] === boxFormat,
      open: (sealed, place) => unsealWith(master, sealed, place),
      publicKey: own,
    })
  })
}

const earlierCheck = 'secrets-key-check'

/** True for a database that has no secrets yet. */
async function isKeyOfEarlierVersion(client: pg.PoolClient, master: Buffer): Promise<boolean> {
  const { rows } = await client.query<{ value: unknown }>('delete from setting where name = $1 returning value', [
    earlierCheck,
  ])
  if (!rows[0]) return true
  try {
    unsealWith(master, Buffer.from(String(rows[0].value), 'base64'), earlierCheck)
    return true
  } catch {
    return false
  }
}
