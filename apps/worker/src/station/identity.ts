/** Who this machine is to a Bramble elsewhere: address, token and key in `station.json`, readable by its owner alone. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { StationJoined } from '@bramble/cluster'
import { Refusal } from '@bramble/db'
import { keyPairOf, makeKeyPair } from '@bramble/db/secrets'
import { Trouble } from '@bramble/provision'
import { z } from 'zod'
import { post, Unanswered } from './post.ts'

const Stored = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  station: z.string(),
  name: z.string(),
  token: z.string(),
  /** X25519, base64. */
  privateKey: z.base64(),
})

export interface StationIdentity extends Omit<z.infer<typeof Stored>, 'privateKey'> {
  privateKey: Buffer
}

const fileIn = (data: string) => path.join(data, 'station.json')

/** Refusal `station-not-joined`, `station-file-invalid`. */
export async function readIdentity(data: string): Promise<StationIdentity> {
  const file = fileIn(data)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) throw new Refusal('station-not-joined', 'This machine is not a station yet.', joinWords)
  try {
    const { privateKey, ...stored } = Stored.parse(JSON.parse(text))
    return { ...stored, privateKey: keyPairOf(Buffer.from(privateKey, 'base64')).privateKey }
  } catch (error) {
    throw new Refusal('station-file-invalid', `${file} cannot be read as a station’s identity.`, joinWords, {
      cause: error,
    })
  }
}

export const joinWords =
  'On the dashboard choose Flash, then Add station, and run the command that it shows on this machine.'

/**
 * Exchanges a one-time code for an identity and keeps it, in the place of an earlier one.
 * Refusal `station-url-invalid`, `station-unanswered`; what Bramble answers, such as `code-invalid`.
 */
export async function joinBramble(asked: { url: string; code: string; data: string }): Promise<StationIdentity> {
  const { code, data } = asked
  if (!URL.canParse(asked.url) || !/^https?:\/\//.test(asked.url))
    throw new Refusal(
      'station-url-invalid',
      `--join is ${asked.url}.`,
      'Give the address of the dashboard, such as http://192.168.1.20:3000.',
    )
  const url = new URL(asked.url).origin
  await mkdir(data, { recursive: true, mode: 0o700 })
  const { publicKey, privateKey } = makeKeyPair()
  const headers = { authorization: `Bearer ${code.trim()}` }
  const body = JSON.stringify({ publicKey: publicKey.toString('base64') })
  const answer = await post(new URL('/api/station/join', url), body, headers).catch((error: unknown) => {
    if (error instanceof Trouble) throw new Refusal(error.code, error.message, error.cure || joinWords)
    if (!(error instanceof Unanswered)) throw error
    throw new Refusal('station-unanswered', error.message, `Check the address, and that ./bramble up runs there.`)
  })
  const joined = StationJoined.safeParse(answer)
  if (!joined.success)
    throw new Refusal('station-refused', `${url} is not a Bramble of this version.`, 'Update Bramble on both machines.')
  const identity = { url, ...joined.data, privateKey }
  await keepIdentity(data, identity)
  return identity
}

async function keepIdentity(data: string, { privateKey, ...identity }: StationIdentity): Promise<void> {
  const file = fileIn(data)
  const part = `${file}.${process.pid}.part`
  const stored: z.infer<typeof Stored> = { ...identity, privateKey: privateKey.toString('base64') }
  try {
    await writeFile(part, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(part, file)
  } finally {
    await rm(part, { force: true })
  }
}
