/** Names and ids as they come from outside. */
import { z } from 'zod'
import { pool } from './connection.ts'
import { Refusal } from './refusal.ts'

/** Anything else in a page's address is simply not found. */
export function isId(text: string): boolean {
  return z.uuid().safeParse(text).success
}

/** A cluster by its name or id. Refusal `cluster-unknown`. */
export async function findCluster(key: string): Promise<{ id: string; name: string }> {
  const { rows } = await pool().query<{ id: string; name: string }>(
    `select id, name from cluster where ${isId(key) ? 'id' : 'name'} = $1`,
    [key],
  )
  const row = rows[0]
  if (!row) throw new Refusal('cluster-unknown', `There is no cluster ${key}.`, 'Reload the page.')
  return row
}
