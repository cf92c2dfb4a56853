import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { newCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { addChannel, listChannels } from '../alerts/index.ts'
import { listAudit, recordAudit } from '../audit/index.ts'
import { createCluster, getCluster, removeCluster, requestProbe } from '../clusters/index.ts'
import { disconnect } from '../index.ts'
import { claimRun, endRun, enqueueRun, requestRun } from '../runs/index.ts'
import { checkSecretsKey } from '../secrets/index.ts'
import { sealedTables } from '../secrets/seal-again.ts'
import { prepareWebRole, webRole, webUrlOf } from './web-role.ts'

useDatabase()
const by = 'ada@example.org'
let owner: string
let web: string

beforeAll(async () => {
  owner = process.env.DATABASE_URL ?? ''
  await checkSecretsKey()
  // As two starts of an existing installation: the second replaces the password.
  await prepareWebRole(owner, 'the password of the last start')
  await prepareWebRole(owner, "this start's password")
  web = webUrlOf(owner, "this start's password")
})

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

test('the role signs in with the password of the last start only', async () => {
  await expect(withClient(webUrlOf(owner, 'the password of the last start'), async () => 0)).rejects.toThrow(/password/)
  expect(await withClient(web, async (client) => (await client.query('select 1 as one')).rows)).toEqual([{ one: 1 }])
})

const refused = [
  ...sealedTables.flatMap((table) => [`select sealed from ${table}`, `select * from ${table}`]),
  ...sealedTables.map((table) => `delete from ${table} where sealed is not null`),
  `update secret set shown = encode(sealed, 'base64')`,
  'update sealing_key set public_key = null',
  `insert into sealing_key (id, public_key) values ('x', '')`,
  `update audit set who = 'nobody'`,
  'delete from audit',
  'truncate audit',
  'select * from _prisma_migrations',
  'delete from node_state',
  `insert into backup_repository (cluster_id, at) values (gen_random_uuid(), now())`,
  'delete from history.sample_raw',
  'create table public.mine (x int)',
  'create table bullmq.mine (x int)',
  'create schema mine',
  'alter table secret add column mine int',
  'drop table audit',
  'create role mine',
  `alter role ${webRole} superuser`,
  'set role postgres',
  `select pg_read_file('postgresql.conf')`,
  `copy audit to program 'true'`,
]
test.each(refused)('the role is refused: %s', async (sql) => {
  await expect(withClient(web, (client) => client.query(sql))).rejects.toMatchObject({ code: '42501' })
})

test('what pages do works with the role and without the key', async () => {
  await disconnect()
  const key = process.env.BRAMBLE_SECRET_KEY
  delete process.env.BRAMBLE_SECRET_KEY
  process.env.DATABASE_URL = web
  try {
    const { name } = await createCluster(newCluster())
    await addChannel({
      ...{ name: 'desk', leastLevel: 'warning', by },
      config: { kind: 'webhook', url: 'https://example.org/hook' },
    })
    expect((await listChannels()).map((channel) => channel.name)).toEqual(['desk'])
    const hostKey = `SHA256:${'A'.repeat(43)}`
    await requestProbe({ address: '192.0.2.7', user: 'pi', hostKey, password: 'typed on a page', by })
    const run = await requestRun({ cluster: name, request: { kind: 'plan' }, by })
    await enqueueRun(run, 1)
    const lease = await claimRun(run, 'a station')
    await endRun(lease!, { status: 'failed', outcome: null, trouble: null })
    await recordAudit({ who: by, what: 'sign-in', outcome: 'done' })
    expect((await listAudit()).entries.length).toBeGreaterThan(1)
    await removeCluster({ cluster: name, typedName: name, by })
    expect(await getCluster(name)).toBeNull()
  } finally {
    await disconnect()
    process.env.DATABASE_URL = owner
    process.env.BRAMBLE_SECRET_KEY = key
  }
})
