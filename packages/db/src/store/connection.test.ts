/** A connection that dies in the middle of a transaction. */
import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { pool, transaction } from './connection.ts'

useDatabase()

test('a transaction whose connection is ended fails, and the next one works', async () => {
  await expect(
    transaction(async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      const gone = new Promise((resolve) => client.once('end', resolve))
      await pool().query('select pg_terminate_backend($1)', [rows[0]!.pid])
      // Nothing is asked of it when the word of its end arrives.
      await gone
      await client.query('select 1')
    }),
  ).rejects.toThrow(/terminat|not queryable|closed|ended/i)
  expect(await transaction(async (client) => (await client.query('select 1 as one')).rows)).toEqual([{ one: 1 }])
})
