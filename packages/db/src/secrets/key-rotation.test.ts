import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { makeCluster, newCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { openChannel } from '../alerts/alert-channels.ts'
import { addChannel } from '../alerts/index.ts'
import { appSecrets } from '../apps/index.ts'
import { createCluster, requestProbe } from '../clusters/index.ts'
import { claimProbe } from '../clusters/probes.ts'
import { disconnect } from '../index.ts'
import { prisma } from '../store/connection.ts'
import {
  checkSecretsKey,
  clusterWifi,
  isSecretsKey,
  issuedSecrets,
  nodeLogins,
  rotateSecretsKey,
  storeIssuedSecrets,
} from './index.ts'
import { storeSecret } from './secrets.ts'

useDatabase()
const by = 'ada@example.org'
const newKey = () => randomBytes(32).toString('base64')
const key = () => process.env.BRAMBLE_SECRET_KEY ?? ''
const wifi = { ssid: 'Garden', password: 'a long password', country: 'CH' }
afterEach(() => checkSecretsKey())

/** One secret of each kind; returns how to read them all. */
async function secrets() {
  await checkSecretsKey()
  const asked = newCluster()
  asked.logins['pi-1'] = { password: 'typed' }
  await createCluster(asked)
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: asked.spec.name } })
  await storeIssuedSecrets(id, { superuser: 'one', 'ca.key': 'two' })
  await storeSecret(prisma(), id, 'wifi', 'wifi', JSON.stringify(wifi))
  await storeSecret(prisma(), id, 'app', 'blog/TOKEN', 'of the app')
  const webhook = { kind: 'webhook' as const, url: `https://example.org/${id}` }
  const { id: channel } = await addChannel({ name: id, config: webhook, leastLevel: 'warning', by })
  const hostKey = `SHA256:${'h'.repeat(43)}`
  const probe = await requestProbe({ address: '10.9.201.1', user: 'pi', password: 'of the probe', hostKey, by })
  // The queue has connections of its own.
  await disconnect()
  return async () => {
    expect(await issuedSecrets(id)).toEqual({ superuser: 'one', 'ca.key': 'two' })
    expect(await nodeLogins(id)).toMatchObject({ 'pi-1': { password: 'typed' } })
    expect(await clusterWifi(id)).toEqual(wifi)
    expect(await appSecrets(id, 'blog')).toEqual({ TOKEN: 'of the app' })
    expect(openChannel(await prisma().channel.findUniqueOrThrow({ where: { id: channel } }))).toEqual(webhook)
    expect((await claimProbe(probe))?.login).toEqual({ password: 'of the probe' })
  }
}

test('every secret opens with the new key and none with the old one', async () => {
  const read = await secrets()
  const [old, next] = [key(), newKey()]
  const { count, unreadable } = await rotateSecretsKey(old, next)
  expect([count >= 8, unreadable]).toEqual([true, []])
  await expect(read()).rejects.toMatchObject({ code: 'secret-unreadable' })
  await expect(checkSecretsKey()).rejects.toMatchObject({ code: 'secret-key-wrong' })
  expect([await isSecretsKey(old), await isSecretsKey(next)]).toEqual([false, true])
  process.env.BRAMBLE_SECRET_KEY = next
  await read()
})

test('a wrong old key changes nothing, and what was damaged before is named and left', async () => {
  const read = await secrets()
  await expect(rotateSecretsKey(newKey(), newKey())).rejects.toMatchObject({ code: 'secret-key-wrong' })
  await read()
  const id = (await prisma().cluster.findUniqueOrThrow({ where: { name: await makeCluster() } })).id
  const damaged = { clusterId: id, purpose: 'issued', name: 'damaged', sealed: new Uint8Array([2, 1, 0]) }
  await prisma().secret.create({ data: damaged })
  const next = newKey()
  const { unreadable } = await rotateSecretsKey(key(), next)
  expect(unreadable).toEqual([`secret/${id}/issued/damaged`])
  process.env.BRAMBLE_SECRET_KEY = next
  await read()
})

test('it refuses while another program is connected', async () => {
  const read = await secrets()
  const other = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await other.connect()
  await expect(rotateSecretsKey(key(), newKey())).rejects.toMatchObject({ code: 'database-in-use' })
  await other.end()
  await read()
})
