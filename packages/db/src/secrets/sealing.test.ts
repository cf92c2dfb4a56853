import { createCipheriv, randomBytes } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { makeCluster, newCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { openChannel } from '../alerts/alert-channels.ts'
import { addChannel } from '../alerts/index.ts'
import { backupPublicKey } from '../backups/index.ts'
import { createCluster, getCluster, requestProbe, setLogin } from '../clusters/index.ts'
import { createSetupLink } from '../people/index.ts'
import { pool, prisma } from '../store/connection.ts'
import {
  checkSecretsKey,
  clusterWifi,
  forgetLogins,
  issuedSecrets,
  keptWifi,
  nodeLogins,
  storeIssuedSecrets,
} from './index.ts'
import { sealedTables } from './seal-again.ts'
import { seal } from './sealing.ts'

useDatabase()
const by = 'ada@example.org'
let kept: string | undefined
afterEach(() => {
  if (kept !== undefined) process.env.BRAMBLE_SECRET_KEY = kept
  kept = undefined
})
function withKey(key: string | undefined) {
  kept = process.env.BRAMBLE_SECRET_KEY
  if (key === undefined) delete process.env.BRAMBLE_SECRET_KEY
  else process.env.BRAMBLE_SECRET_KEY = key
}
/** As the dashboard runs: with the database, without the key. */
async function withoutKey<T>(work: () => Promise<T>): Promise<T> {
  withKey(undefined)
  try {
    return await work()
  } finally {
    process.env.BRAMBLE_SECRET_KEY = kept
  }
}

/** As earlier versions sealed: AES-256-GCM with the one key. */
function sealShared(text: string, place: string): Buffer {
  const nonce = randomBytes(12)
  const key = Buffer.from(process.env.BRAMBLE_SECRET_KEY ?? '', 'base64')
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
  return Buffer.concat([Buffer.from([1]), nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

const idOf = async (name: string) => (await prisma().cluster.findUniqueOrThrow({ where: { name } })).id

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const { rows } = await pool().query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname in ('public', 'bullmq')`,
  )
  expect(rows.length).toBeGreaterThan(15)
  const texts = await Promise.all(
    rows.map(async ({ name }) => JSON.stringify((await pool().query(`select t::text from ${name} t`)).rows)),
  )
  return texts.join('\n')
}

test('no secret stands in any table, in no encoding', async () => {
  const canary = () => `canary-${randomBytes(9).toString('hex')}`
  const secrets = Array.from({ length: 4 }, canary)
  const asked = newCluster()
  asked.logins['pi-1'] = { password: secrets[0]! }
  await createCluster(asked)
  await storeIssuedSecrets(await idOf(asked.spec.name), { superuser: secrets[1]!, 'ca.key': secrets[2]! })
  await requestProbe({
    address: '10.9.201.1',
    user: 'pi',
    password: secrets[3]!,
    hostKey: `SHA256:${'h'.repeat(43)}`,
    by,
  })
  const { token } = await createSetupLink()
  const text = await dump()
  expect(text).toContain(asked.spec.name)
  for (const secret of [...secrets, token])
    for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64')])
      expect(text).not.toContain(form)
  expect(JSON.stringify(await getCluster(asked.spec.name))).not.toContain(secrets[0]!)
})

test('what was issued comes back, changes, and goes', async () => {
  const id = await idOf(await makeCluster())
  await storeIssuedSecrets(id, { a: 'one', b: 'two' })
  await storeIssuedSecrets(id, { a: 'one', c: 'three' })
  expect(await issuedSecrets(id)).toEqual({ a: 'one', c: 'three' })
  await forgetLogins(id, ['pi-1', 'pi-2'])
  expect(Object.keys(await nodeLogins(id))).toEqual(['pi-3'])
})

test('a sealed value that was moved to another place does not open', async () => {
  const [from, to] = [await idOf(await makeCluster()), await idOf(await makeCluster())]
  await storeIssuedSecrets(from, { superuser: 'of the first' })
  await pool().query(`update secret set cluster_id = $2 where cluster_id = $1 and purpose = 'issued'`, [from, to])
  await expect(issuedSecrets(to)).rejects.toMatchObject({ code: 'secret-unreadable' })
})

test('without the key secrets are stored and not read; with it they are read', async () => {
  await checkSecretsKey()
  const asked = newCluster()
  asked.logins['pi-1'] = { password: 'typed on the page' }
  await withoutKey(async () => {
    await createCluster(asked)
    await addChannel({ name: 'desk', config: webhook, leastLevel: 'warning', by })
    const id = await idOf(asked.spec.name)
    await setLogin({ cluster: asked.spec.name, node: 'pi-2', login: { password: 'another' }, by })
    await expect(nodeLogins(id)).rejects.toMatchObject({ code: 'secret-key-missing' })
    const issued = await makeIssued()
    await expect(issuedSecrets(issued.id)).rejects.toMatchObject({ code: 'secret-key-missing' })
  })
  expect(await nodeLogins(await idOf(asked.spec.name))).toMatchObject({
    'pi-1': { password: 'typed on the page' },
    'pi-2': { password: 'another' },
  })
  expect(openChannel(await prisma().channel.findUniqueOrThrow({ where: { name: 'desk' } }))).toEqual(webhook)
})

const webhook = { kind: 'webhook' as const, url: 'https://example.org/hook?key=canary' }

async function makeIssued(): Promise<{ id: string }> {
  const id = await idOf(await makeCluster())
  const sealed = new Uint8Array(await seal('s', `secret/${id}/issued/superuser`))
  await prisma().secret.create({ data: { clusterId: id, purpose: 'issued', name: 'superuser', sealed } })
  return { id }
}

test('what an earlier version sealed is sealed again at the start, and what pages show of it is kept', async () => {
  const cluster = await makeCluster()
  const id = await idOf(cluster)
  const wifi = { ssid: 'Garden', password: 'canary-of-the-wifi', country: 'CH' }
  const rows = {
    'issued/superuser': 'one',
    'issued/backup.ssh.public': 'ssh-ed25519 A',
    'wifi/wifi': JSON.stringify(wifi),
  }
  const insert = (sealed: Buffer, purpose: string, name: string) =>
    pool().query('insert into secret (cluster_id, purpose, name, sealed) values ($1, $2, $3, $4)', [
      ...[id, purpose, name, sealed],
    ])
  for (const [place, text] of Object.entries(rows)) {
    const [purpose = '', name = ''] = place.split('/')
    await insert(sealShared(text, `secret/${id}/${place}`), purpose, name)
  }
  await insert(Buffer.from([1, 2, 3]), 'issued', 'damaged')
  await pool().query('delete from sealing_key')
  const check = sealShared('This text opens with the right key.', 'secrets-key-check').toString('base64')
  await prisma().setting.create({ data: { name: 'secrets-key-check', value: check } })

  await withKeyOf(randomBytes(32).toString('base64'), async () => {
    await expect(checkSecretsKey()).rejects.toMatchObject({ code: 'secret-key-wrong' })
  })
  await checkSecretsKey()
  const { rows: left } = await pool().query<{ name: string }>(`select name from secret where get_byte(sealed, 0) <> 2`)
  expect(left.map(({ name }) => name)).toEqual(['damaged'])
  await pool().query(`delete from secret where name = 'damaged'`)
  expect(await issuedSecrets(id)).toEqual({ superuser: 'one', 'backup.ssh.public': 'ssh-ed25519 A' })
  expect(await clusterWifi(id)).toEqual(wifi)
  await withoutKey(async () => {
    expect(await keptWifi(cluster)).toEqual({ ssid: 'Garden', country: 'CH' })
    expect(await backupPublicKey(cluster)).toBe('ssh-ed25519 A')
  })
  expect(await prisma().setting.count({ where: { name: 'secrets-key-check' } })).toBe(0)
})

async function withKeyOf(key: string, work: () => Promise<void>): Promise<void> {
  withKey(key)
  try {
    await work()
  } finally {
    process.env.BRAMBLE_SECRET_KEY = kept
  }
}

test('every table with sealed values is among those that are sealed again', async () => {
  const { rows } = await pool().query<{ name: string }>(
    `select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'sealed'`,
  )
  expect(rows.map(({ name }) => name).sort()).toEqual(sealedTables)
})

test.each([
  [undefined, 'secret-key-missing'],
  ['', 'secret-key-missing'],
  ['short', 'secret-key-invalid'],
  [Buffer.alloc(32).toString('base64'), 'secret-key-invalid'],
  [randomBytes(32).toString('base64'), 'secret-key-wrong'],
])('with the key %j Bramble does not start: %s', async (key, code) => {
  await checkSecretsKey()
  withKey(key)
  await expect(checkSecretsKey()).rejects.toMatchObject({ code })
})
