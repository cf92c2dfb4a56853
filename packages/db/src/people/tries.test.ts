import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { pool } from '../store/connection.ts'
import { forgetTries, returnTry, takeTry } from './tries.ts'

useDatabase()

const one = (key: string, limit = 3) => takeTry([{ key, limit, seconds: 600 }])

/** As if the tries had been made earlier. */
const age = (key: string, seconds: number) =>
  pool().query('update credential_try set at = at - make_interval(secs => $2) where key = $1', [key, seconds])

test('the limit passes, then it says how long to wait, then it passes again', async () => {
  expect([await one('a'), await one('a'), await one('a')]).toEqual([0, 0, 0])
  expect(await one('a')).toBe(600)
  await age('a', 590)
  expect(await one('a')).toBeLessThanOrEqual(10)
  expect(await one('a')).toBeGreaterThan(0)
  await age('a', 10)
  expect(await one('a')).toBe(0)
})

test('a refused try is not counted, so that it does not lengthen the wait', async () => {
  await one('b', 1)
  for (let i = 0; i < 5; i++) expect(await one('b', 1)).toBeGreaterThan(0)
  await age('b', 600)
  expect(await one('b', 1)).toBe(0)
})

test('accounts are kept apart, the limit over all of them holds too, and a success frees an account only', async () => {
  const account = (key: string) =>
    takeTry([
      { key, limit: 2, seconds: 600 },
      { key: 'everybody', limit: 3, seconds: 600 },
    ])
  expect([await account('c'), await account('c')]).toEqual([0, 0])
  expect(await account('c')).toBeGreaterThan(0)
  await forgetTries('c')
  expect(await account('c')).toBe(0)
  expect(await account('d')).toBeGreaterThan(0)
})

test('of many at once only the limit passes', async () => {
  const waits = await Promise.all(Array.from({ length: 12 }, () => one('e')))
  expect(waits.filter((wait) => wait === 0)).toHaveLength(3)
})

test('a try that waits for another of its account holds up no other account', async () => {
  const first = await pool().connect()
  try {
    await first.query('begin')
    await first.query("select pg_advisory_xact_lock(840401, hashtext('f'))")
    let passed = false
    const waiting = one('f').then(() => {
      passed = true
    })
    expect([await one('g'), await one('h')]).toEqual([0, 0])
    expect(passed).toBe(false)
    await first.query('rollback')
    await waiting
  } finally {
    first.release()
  }
})

test('a try that is given back leaves room for one more', async () => {
  expect([await one('i', 2), await one('i', 2)]).toEqual([0, 0])
  await returnTry('i')
  expect(await one('i', 2)).toBe(0)
  expect(await one('i', 2)).toBeGreaterThan(0)
})
