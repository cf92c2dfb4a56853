import { randomBytes } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { makeCluster, newCluster } from '../test/clusters.ts'
import { useDatabase } from '../test/database.ts'
import { pool, prisma } from './connection.ts'
import {
  checkSecretsKey,
  createCluster,
  createSetupLink,
  forgetLogins,
  getCluster,
  issuedSecrets,
  nodeLogins,
  requestProbe,
  storeIssuedSecrets,
} from './index.ts'

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
  await requestProbe({ address: '10.9.201.1', user: 'pi', password: secrets[3]!, by })
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
