/**
 * Certificates of a fresh cluster last. Ones that end stop the cluster, and Reprovision brings it back with all that it had
 * acknowledged.
 */
import { startWriter } from '@bramble/provision/availability'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { day, endingIn, shown, until } from './certificates.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ id: 60, nodes: 3, change: (spec) => ({ ...spec, preset: 'fast', synchronous: true }) })
  const { outcome } = await stage.apply()
  expect(outcome.status, outcome.message).toBe('succeeded')
  await stage.allCopies()
}, 20 * minute)
afterAll(() => stage?.close(), 2 * minute)

it(
  'a fresh cluster has certificates for 20 years',
  async () => {
    expect((await stage.plan()).changes).toBe(0)
    for (const { name } of stage.spec.nodes) {
      const ends = await shown(stage, name)
      const days = Object.values(ends).map((end) => Math.round((end - Date.now()) / day))
      console.log(`${name}: days of validity ${JSON.stringify(ends)} ${days}`)
      for (const left of days) expect(left).toBeGreaterThan(7290)
    }
  },
  3 * minute,
)

it(
  'not renewed, the cluster stops when they end; Reprovision brings it back, and nothing is lost',
  async () => {
    const ending = await endingIn(stage, 90)
    const { end } = ending
    stage = ending.stage
    const writer = await startWriter(stage.writing)
    await until(end)
    const asked = [
      '--cacert',
      '/etc/bramble/ca.crt',
      '--cert',
      '/etc/bramble/node.crt',
      '--key',
      '/etc/bramble/node.key',
    ]
    const members = ['etcdctl', '--endpoints', 'https://127.0.0.1:2379', ...asked, 'member', 'list']
    await expect(stage.on('pi-1', 'env', 'ETCDCTL_API=3', ...members)).rejects.toThrow()
    // Connections and TLS sessions that are open live on; the first that has to be opened again is the end.
    const balancers = stage.spec.nodes.filter(({ roles }) => roles.includes('balancer'))
    for (const { name } of balancers) await stage.on(name, 'systemctl', 'restart', 'haproxy-postgres')
    await eventually(60, async () => expect(writer.silence()).toBeGreaterThan(20))

    stage = await stage.become((spec) => spec)
    const { outcome } = await stage.apply()
    expect(outcome.status, outcome.message).toBe('succeeded')
    await writer.next(60)
    await stage.allCopies()
    await writer.stop()
    console.log(`Ended: no write for ${writer.outage()} s until Reprovision was done, ${writer.failed()} tries failed`)
    expect(await writer.missing()).toEqual([])
    expect((await stage.plan()).changes).toBe(0)
  },
  15 * minute,
)
