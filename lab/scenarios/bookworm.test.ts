/** Bookworm's Patroni 3 must not lose a write that it acknowledged when a primary that was cut off comes back. */

import { startWriter } from '@bramble/provision/availability'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cut, heal } from '../src/index.ts'
import { openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
beforeAll(async () => {
  const change: Parameters<typeof openStage>[0]['change'] = (spec) => ({ ...spec, synchronous: true })
  stage = await openStage({ id: 32, nodes: 3, release: 'bookworm', golden: false, change })
}, 10 * minute)
afterAll(() => stage?.close(), 2 * minute)

it(
  'is built, settles, and keeps every acknowledged write through a partition of the primary',
  async () => {
    const { outcome } = await stage.apply()
    expect(outcome.message).toMatch(/^All 3 nodes are done/)
    await stage.allCopies()
    expect((await stage.plan()).changes).toBe(0)
    const config = await stage.on('pi-1', 'cat', '/etc/patroni/config.yml')
    expect(config).toMatch(/^etcd:/m)

    const before = await stage.primary()
    const writer = await startWriter(stage.writing)
    await writer.next(30)
    await cut({ id: stage.id, node: before })
    await writer.next(90)
    expect(await stage.primary()).not.toBe(before)
    await heal({ id: stage.id, node: before })
    await stage.allCopies()
    await writer.stop()
    expect(writer.outage()).toBeLessThan(60)
    expect(await writer.missing()).toEqual([])
  },
  10 * minute,
)
