/**
 * Stations on other machines: each joins with a one-time code and has a token and a key of its own. A token opens the calls
 * of `station-calls.ts` and nothing else; what is secret comes encrypted to the station's key.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { StationName } from '@bramble/cluster'
import { z } from 'zod'
import { audited } from '../audit/audit.ts'
import { closeCards, endUnheld } from '../runs/lost-flashes.ts'
import { prisma, transaction } from '../store/connection.ts'
import { notify } from '../store/listen.ts'
import { Refusal } from '../store/refusal.ts'

/** 160 and 240 random bits: nobody can try them out, so a plain hash keeps them. */
export const StationCodeText = z.string().regex(/^brj_[0-9a-f]{40}$/)
const Token = z.string().regex(/^brs_[0-9a-f]{60}$/)
const codeLifeMs = 15 * 60_000
/** Open codes, and stations. */
const mostCodes = 20
const mostStations = 50

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** A code that makes one machine a station of this name, once, within 15 minutes. Refusal `station-name-taken`, `station-limit`. */
export async function createStationCode(input: {
  name: string
  by: string
}): Promise<{ code: string; expiresAt: string }> {
  const name = StationName.parse(input.name)
  return audited({ who: input.by, what: 'station.code', target: name }, async () => {
    const code = `brj_${randomBytes(20).toString('hex')}`
    const expiresAt = new Date(Date.now() + codeLifeMs)
    await prisma().$transaction(async (tx) => {
      await tx.$executeRaw`lock table station_code in share row exclusive mode`
      await tx.stationCode.deleteMany({ where: { OR: [{ expiresAt: { lt: new Date() } }, { name }] } })
      const stations = await tx.station.findMany({ where: { publicKey: { not: null } }, select: { name: true } })
      if (stations.some((station) => station.name === name))
        throw new Refusal(
          'station-name-taken',
          `There is a station ${name} already.`,
          'Choose another name, or remove that station first.',
        )
      if (stations.length >= mostStations || (await tx.stationCode.count()) >= mostCodes)
        throw new Refusal(
          'station-limit',
          `There are ${mostStations} stations or ${mostCodes} unused codes.`,
          'Remove stations that nobody uses, or wait 15 minutes for codes to expire.',
        )
      await tx.stationCode.create({ data: { hash: hashOf(code), name, createdBy: input.by, expiresAt } })
    })
    return { code, expiresAt: expiresAt.toISOString() }
  })
}

export interface JoinedStation {
  station: string
  name: string
  /** Here and nowhere else, ever. */
  token: string
}

/** `publicKey`: raw X25519, 32 bytes. Null: the code is not known, was used or has expired; nothing is written then. */
export async function joinStation(input: { code: string; publicKey: Uint8Array }): Promise<JoinedStation | null> {
  if (!StationCodeText.safeParse(input.code).success || input.publicKey.length !== 32) return null
  const token = `brs_${randomBytes(30).toString('hex')}`
  const id = `st-${randomUUID()}`
  const joined = await prisma().$transaction(async (tx) => {
    const [code] = await tx.$queryRaw<{ name: string; created_by: string }[]>`
      delete from station_code where hash = ${hashOf(input.code)} and expires_at > now() returning name, created_by`
    if (!code) return null
    await tx.station.create({
      data: {
        ...{ id, name: code.name, tokenHash: hashOf(token), publicKey: new Uint8Array(input.publicKey) },
        ...{ addedBy: code.created_by, owner: '', seenAt: new Date(0), cards: [], networks: [], lacks: [] },
      },
    })
    return code
  })
  if (!joined) return null
  const entry = { who: joined.created_by, what: 'station.join' as const, target: joined.name, detail: id }
  await audited(entry, () => notify('bramble_station', id))
  return { station: id, name: joined.name, token }
}

export interface StationBearer {
  id: string
  name: string
}

/** The station that a token is of; null when it is not known or was revoked. */
export async function checkStationToken(text: string): Promise<StationBearer | null> {
  if (!Token.safeParse(text).success) return null
  const where = { tokenHash: hashOf(text) }
  return prisma().station.findUnique({ where, select: { id: true, name: true } })
}

/**
 * Its token ends at once; what it writes now is reported as not finished. `typedName`: the name as a person typed it.
 * Refusal `station-unknown`, `station-local`, `not-confirmed`.
 */
export async function removeStation(input: { station: string; typedName: string; by: string }): Promise<void> {
  const row = await prisma().station.findUnique({ where: { id: input.station } })
  await audited({ who: input.by, what: 'station.remove', target: row?.name ?? input.station }, async () => {
    if (!row) throw new Refusal('station-unknown', 'This station does not exist.', 'Reload the page.')
    if (row.publicKey === null)
      throw new Refusal(
        'station-local',
        `${row.name} is the machine that this Bramble runs on.`,
        'Only stations on other machines are removed.',
      )
    if (input.typedName !== row.name)
      throw new Refusal('not-confirmed', `The name typed is not ${row.name}.`, `Type ${row.name} to remove it.`)
    await transaction(async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `select id from run where kind = 'flash' and request #>> '{flash,station}' = $1 and status in ('queued', 'running')
         for update`,
        [row.id],
      )
      for (const { id } of rows) {
        await closeCards(client, id, 'failed', removed(row.name))
        await endUnheld(client, id, removed(row.name))
      }
      await client.query('delete from station where id = $1', [row.id])
    })
    await notify('bramble_station', row.id)
  })
}

const removed = (name: string) => ({
  code: 'station-removed',
  message: `The station ${name} was removed while this flash was not finished. A card that was not written to its end does not boot.`,
  cure: 'Put the card into another station and press Flash.',
})
