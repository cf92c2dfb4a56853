import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { withLock } from './lock.ts'

it('lets one in at a time and the next when the first is done', async () => {
  const name = randomUUID()
  let inside = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++inside)
    await new Promise((resolve) => setTimeout(resolve, 30))
    inside--
  }
  await Promise.all([1, 2, 3].map(() => withLock(name, 20_000, work)))
  expect([most, inside]).toEqual([1, 0])
})

it('says so when the holder does not let go', async () => {
  const name = randomUUID()
  await withLock(name, 1_000, async () => {
    await expect(withLock(name, 50, async () => undefined)).rejects.toMatchObject({ code: 'lab-busy' })
  })
})

it('is free again after a failure', async () => {
  const name = randomUUID()
  await expect(withLock(name, 1_000, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(withLock(name, 1_000, async () => 'in')).resolves.toBe('in')
})
