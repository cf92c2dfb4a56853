import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { persistently } from './persistently.ts'
import { Trouble } from './types.ts'

const { signal } = new AbortController()
const limits = { away: 200, pause: 10 }
const trouble = (code: string) => new Trouble(code, 'It is away.', 'Wait.')

it('goes on after a connection that is lost late in a long work', async () => {
  const told: string[] = []
  let tries = 0
  const work = async () => {
    if (++tries > 1) return 'done'
    await sleep(300)
    throw trouble('connection-lost')
  }
  expect(await persistently(signal, ({ code }) => told.push(code), work, limits)).toBe('done')
  expect(told).toEqual(['connection-lost'])
})

it.each(['unreachable', 'connection-lost'])('gives up when a node stays %s', async (code) => {
  let tries = 0
  const work = async () => {
    tries++
    throw trouble(code)
  }
  await expect(persistently(signal, () => undefined, work, limits)).rejects.toMatchObject({ code })
  expect(tries).toBeGreaterThan(2)
  expect(tries).toBeLessThan(60)
})

it('repeats nothing that failed by itself', async () => {
  let tries = 0
  const work = async () => {
    tries++
    throw trouble('action-failed')
  }
  await expect(persistently(signal, () => undefined, work, limits)).rejects.toMatchObject({ code: 'action-failed' })
  expect(tries).toBe(1)
})
