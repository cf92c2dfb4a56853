/** What the dashboard's process has does not open what was stored through it; what the worker has does. */
import { readFileSync } from 'node:fs'
import { disconnect, prisma } from '@bramble/db'
import { listAudit } from '@bramble/db/audit'
import { changeBackups } from '@bramble/db/backups'
import { issuedSecrets, nodeLogins, openWith, sealFor, storeIssuedSecrets } from '@bramble/db/secrets'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseUrlOf } from '../started.ts'
import { Dashboard } from './dashboard.ts'

let dashboard: Dashboard
beforeAll(async () => {
  dashboard = await Dashboard.start()
})
afterAll(async () => {
  await disconnect().finally(() => dashboard?.started.stop())
})

const canary = 'canary-typed-on-a-page'

const other = {
  name: 'other',
  vip: '10.85.0.100',
  nodes: [1, 2, 3].map((n) => ({
    name: `pi-${n}`,
    address: `10.85.0.1${n}`,
    roles: ['etcd', 'postgres', ...(n < 3 ? ['balancer'] : []), 'web'],
    hostKey: `SHA256:${'otherkey'.repeat(6).slice(0, 42)}${n}`,
  })),
}

async function environmentOf(part: string): Promise<Record<string, string>> {
  const { pid } = await dashboard.started.part(part)
  const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]))
}

/** Stores one secret of each kind that a page takes. */
async function storeCanaries(): Promise<void> {
  const cookie = await dashboard.session('admin')
  const calls: [string, unknown[]][] = [
    [
      'addChannel',
      [{ name: 'desk', leastLevel: 'warning', config: { kind: 'webhook', url: `https://example.org/${canary}` } }],
    ],
    ['keepTheirs', [{ cluster: 'matrix', password: canary }]],
    [
      'create',
      [{ spec: other, logins: Object.fromEntries(other.nodes.map(({ name }) => [name, { password: canary }])) }],
    ],
  ]
  for (const [name, args] of calls) {
    const answer = await dashboard.call(name, { args, cookie })
    expect([name, answer.body]).toEqual([name, expect.stringContaining('"ok":true')])
  }
}

test('the dashboard stores secrets that it cannot read', async () => {
  await dashboard.undisturbed(async () => {
    await storeCanaries()
    const has = await environmentOf('dashboard')
    expect(has.BRAMBLE_SECRET_KEY).toBe(undefined)
    expect(Object.values(has)).not.toContain(dashboard.started.secretKey())

    // Its role in the database reads no encrypted value and replaces no key.
    const own = new pg.Client({ connectionString: has.DATABASE_URL })
    await own.connect()
    for (const sql of [
      ...['secret', 'alert_channel', 'probe'].map((table) => `select sealed from ${table}`),
      ...['update sealing_key set public_key = null', 'delete from audit', 'create table mine (x int)'],
    ])
      await expect(own.query(sql), sql).rejects.toMatchObject({ code: '42501' })
    await own.end()

    // With the database itself, and everything the dashboard was given, tried as a key.
    const client = new pg.Client({ connectionString: databaseUrlOf(dashboard.started.data) })
    await client.connect()
    const { rows: stored } = await client.query<{ place: string; sealed: Buffer }>(
      `select 'channel/' || id as place, sealed from alert_channel
       union all select concat_ws('/', 'secret', cluster_id, purpose, name), sealed from secret`,
    )
    const { rows: keys } = await client.query<{ public_key: Buffer }>('select public_key from sealing_key')
    await client.end()
    expect(stored.length).toBeGreaterThanOrEqual(4)
    const tried = Object.values(has).flatMap((value) => [Buffer.from(value), Buffer.from(value, 'base64')])
    const possible = [...tried, ...keys.map((row) => row.public_key)].filter(({ length }) => length >= 32)
    for (const { place, sealed } of stored) {
      for (const encoding of ['utf8', 'hex', 'base64'] as const)
        expect(sealed.toString('latin1')).not.toContain(Buffer.from(canary).toString(encoding))
      for (const key of possible) expect(() => openWith(key.subarray(0, 32), sealed, place)).toThrow()
    }
    // It can store more: the public key is all that this needs.
    expect(sealFor(keys[0]!.public_key, Buffer.from(canary), 'secret/x').length).toBeGreaterThan(canary.length)
  })

  const worker = await environmentOf('worker')
  expect(worker.BRAMBLE_SECRET_KEY).toBe(dashboard.started.secretKey())
  expect(worker.BETTER_AUTH_SECRET).toBe(undefined)
  const idOf = async (name: string) => (await prisma().cluster.findUniqueOrThrow({ where: { name } })).id
  expect(await nodeLogins(await idOf('other'))).toMatchObject({ 'pi-1': { password: canary } })
  expect(await issuedSecrets(await idOf('matrix'))).toMatchObject({ application: canary })
})

test('a passphrase is shown by way of the worker, which writes it down', async () => {
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: 'other' } })
  const backup = { repository: { kind: 'node', node: 'pi-1', path: '/mnt/usb', mounted: false } }
  await changeBackups({ cluster: 'other', backup, by: 'the tests' })
  await storeIssuedSecrets(id, { 'backup.passphrase': 'canary of the passphrase' })
  const show = async (cluster: string) => {
    const cookie = await dashboard.session('admin')
    return (await dashboard.call('showPassphrase', { args: [{ cluster }], cookie })).body
  }
  expect(await show('other')).toContain('canary of the passphrase')
  expect(await show('matrix')).toContain('have no passphrase')
  expect(await prisma().reveal.count()).toBe(0)
  const { entries } = await listAudit({ what: 'backup.passphrase' })
  expect(entries.map(({ target, outcome }) => [target, outcome])).toEqual([
    ['matrix', 'refused'],
    ['other', 'done'],
  ])
})
