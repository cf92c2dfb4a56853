import { expect, test } from 'vitest'
import { makeCluster } from '../../test/clusters.ts'
import { until, useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/index.ts'
import { changeBackups } from '../backups/index.ts'
import { prisma } from '../store/connection.ts'
import { answerReveal, checkSecretsKey, revealPassphrase, storeIssuedSecrets, sweepReveals } from './index.ts'
import { makeKeyPair, openWith } from './sealed-box.ts'

useDatabase()
const by = 'ada@example.org'
const backup = { repository: { kind: 'node', node: 'pi-1', path: '/mnt/usb', mounted: false } }

async function encryptedCluster(): Promise<string> {
  await checkSecretsKey()
  const cluster = await makeCluster()
  await changeBackups({ cluster, backup, by: 'setup' })
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  await storeIssuedSecrets(id, { 'backup.passphrase': 'canary-of-the-passphrase' })
  return cluster
}

const waiting = async () => {
  await until('somebody asks', async () => (await prisma().reveal.count()) === 1)
  return prisma().reveal.findFirstOrThrow()
}

/** Runs while the dashboard asks, which has no key; the worker's side gets it back. */
async function asking<T>(ask: () => Promise<T>, meanwhile: () => Promise<void>): Promise<T> {
  const key = process.env.BRAMBLE_SECRET_KEY
  delete process.env.BRAMBLE_SECRET_KEY
  const asked = ask()
  asked.catch(() => undefined)
  const row = await waiting()
  process.env.BRAMBLE_SECRET_KEY = key
  await answerReveal(row.id)
  await meanwhile()
  return asked
}

test('a process without the key gets the answer, which is then gone', async () => {
  const cluster = await encryptedCluster()
  const text = await asking(
    () => revealPassphrase({ cluster, by }),
    async () => undefined,
  )
  expect(text).toBe('canary-of-the-passphrase')
  expect(await prisma().reveal.count()).toBe(0)
  const { entries } = await listAudit({ what: 'backup.passphrase' })
  expect(entries.map(({ who, target, outcome }) => [who, target, outcome])).toEqual([[by, cluster, 'done']])
})

test('an answer opens with the key of who asked, and with no other', async () => {
  const cluster = await encryptedCluster()
  const { id: clusterId } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  const { publicKey, privateKey } = makeKeyPair()
  const { id } = await prisma().reveal.create({
    data: { clusterId, requestedBy: by, publicKey: new Uint8Array(publicKey) },
  })
  await answerReveal(id)
  const { answer } = await prisma().reveal.findUniqueOrThrow({ where: { id } })
  expect(openWith(privateKey, answer!, `reveal/${id}`).toString()).toBe('canary-of-the-passphrase')
  expect(() => openWith(makeKeyPair().privateKey, answer!, `reveal/${id}`)).toThrow()
  await prisma().reveal.deleteMany()
})

test('a refusal of the worker comes back with its words', async () => {
  const cluster = await makeCluster()
  const asked = asking(
    () => revealPassphrase({ cluster, by }),
    async () => undefined,
  )
  await expect(asked).rejects.toMatchObject({ code: 'no-passphrase' })
})

test('without a worker nothing is left behind, and an old question is not answered', async () => {
  const cluster = await encryptedCluster()
  await expect(revealPassphrase({ cluster, by, patienceMs: 200 })).rejects.toMatchObject({ code: 'no-worker' })
  expect(await prisma().reveal.count()).toBe(0)
  const { id: clusterId } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  const createdAt = new Date(Date.now() - 6 * 60_000)
  const { id } = await prisma().reveal.create({
    data: { clusterId, requestedBy: by, publicKey: new Uint8Array(32), createdAt },
  })
  await answerReveal(id)
  expect((await prisma().reveal.findUniqueOrThrow({ where: { id } })).answer).toBe(null)
  await sweepReveals()
  expect(await prisma().reveal.count()).toBe(0)
})
