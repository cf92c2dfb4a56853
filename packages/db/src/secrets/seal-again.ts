/** Every sealed value of the database, sealed again: after an upgrade, and with a new key. */
import type pg from 'pg'
import { sealFor } from './sealed-box.ts'
import { placeOf, shownOf } from './sealed-places.ts'

interface SealedRow {
  table: string
  /** Columns that name the row. */
  key: Readonly<Record<string, string>>
  place: string
  sealed: Buffer
}

/** The tables with a column `sealed`, and the columns that name a row. A test compares them with the database. */
const tables: readonly { table: string; columns: readonly string[]; place: (...key: string[]) => string }[] = [
  {
    table: 'secret',
    columns: ['cluster_id', 'purpose', 'name'],
    place: (cluster = '', purpose = '', name = '') => placeOf.secret(cluster, purpose, name),
  },
  { table: 'alert_channel', columns: ['id'], place: (id = '') => placeOf.channel(id) },
  { table: 'probe', columns: ['id'], place: (id = '') => placeOf.probe(id) },
]

export const sealedTables = tables.map(({ table }) => table).sort()

async function sealedRows(client: pg.PoolClient): Promise<SealedRow[]> {
  const found: SealedRow[] = []
  for (const { table, columns, place } of tables) {
    const { rows } = await client.query<Record<string, string> & { sealed: Buffer }>(
      `select ${columns.join(', ')}, sealed from ${table} where sealed is not null for update`,
    )
    for (const { sealed, ...key } of rows)
      found.push({ table, key, sealed, place: place(...columns.map((column) => key[column] ?? '')) })
  }
  return found
}

/**
 * Within the caller's transaction. A value that does not open is kept as it is; whoever needs it gets the error then.
 * Returns how many were sealed again, and the places of those that did not open.
 */
export async function sealAgain(
  client: pg.PoolClient,
  how: {
    skip: (sealed: Uint8Array) => boolean
    open: (sealed: Uint8Array, place: string) => string
    publicKey: Uint8Array
  },
): Promise<{ count: number; unreadable: string[] }> {
  const unreadable: string[] = []
  let count = 0
  for (const { table, key, place, sealed } of await sealedRows(client)) {
    if (how.skip(sealed)) continue
    let text: string
    try {
      text = how.open(sealed, place)
    } catch {
      unreadable.push(place)
      continue
    }
    const set: Record<string, unknown> = { sealed: sealFor(how.publicKey, Buffer.from(text), place) }
    if (table === 'secret') set.shown = shownOf(key.purpose ?? '', key.name ?? '', text)
    const given = [...Object.values(set), ...Object.values(key)]
    const assign = Object.keys(set).map((column, at) => `${column} = $${at + 1}`)
    const which = Object.keys(key).map((column, at) => `${column} = $${assign.length + at + 1}`)
    await client.query(`update ${table} set ${assign.join(', ')} where ${which.join(' and ')}`, given)
    count++
  }
  return { count, unreadable }
}
