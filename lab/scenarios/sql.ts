/** A statement on the cluster of a stage, over the virtual IP. */
import pg from 'pg'

/** Rows of one statement, over a connection of its own. */
export async function rowsOf<T extends pg.QueryResultRow>(text: string, to: pg.ClientConfig): Promise<T[]> {
  const client = new pg.Client({ ...to, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<T>(text)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}
