import { expect, test } from 'vitest'
import * as db from '../../test/all.ts'
import { makeCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'

useDatabase()
const by = 'ada@example.org'
const operation = { kind: 'rotate-secrets', application: true, sftp: false }

async function fresh() {
  const cluster = await makeCluster()
  return { cluster, id: (await db.prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })).id }
}

async function end(run: string, status: 'succeeded' | 'failed'): Promise<void> {
  const outcome = { status, changed: 0, seconds: 1, message: '', nodes: [] }
  await db.endRun((await db.claimRun(run, 'worker'))!, { status, outcome, trouble: null })
}

test('a rotation is taken only when the name of the cluster was typed, and says what is replaced', async () => {
  const { cluster } = await fresh()
  const ask = (typed?: string, over: object = {}) =>
    db.requestOperation({ cluster, operation: { ...operation, ...over }, typed, by })
  for (const typed of [undefined, '', 'pi-1', `${cluster} `])
    await expect(ask(typed)).rejects.toMatchObject({ code: 'not-confirmed' })
  await expect(ask(cluster, { application: undefined })).rejects.toMatchObject({ code: 'operation-invalid' })
  expect((await db.getRun(await ask(cluster)))?.kind).toBe('rotate-secrets')
  await expect(ask(cluster)).rejects.toMatchObject({ code: 'run-active' })
})

test('the dashboard sees how far it has come, without a key to the secrets', async () => {
  const { cluster, id } = await fresh()
  await db.storeIssuedSecrets(id, { superuser: 'old', 'next.superuser': 'new', 'rotation.phase': 'identity' })
  expect(await db.openRotation(cluster)).toMatchObject({ phase: 'identity' })
  expect(await db.openRotation(id)).toEqual(await db.openRotation(cluster))
  const shown = await db.prisma().secret.findMany({ where: { clusterId: id, shown: { not: null } } })
  expect(shown.map(({ name, shown: text }) => [name, text])).toEqual([['rotation.phase', 'identity']])
  await db.storeIssuedSecrets(id, { superuser: 'new' })
  expect(await db.openRotation(cluster)).toBeNull()
  expect(await db.openRotation((await fresh()).cluster)).toBeNull()
})

test('an operator retries a rotation that is open, and begins none with it', async () => {
  const { cluster, id } = await fresh()
  const run = await db.requestOperation({ cluster, operation, typed: cluster, by })
  await end(run, 'failed')
  await expect(db.retryRun({ run, by })).rejects.toMatchObject({ code: 'rotation-no-retry' })
  await db.storeIssuedSecrets(id, { 'rotation.phase': 'trust' })
  const again = await db.retryRun({ run, by })
  await end(again, 'succeeded')
  await db.storeIssuedSecrets(id, {})
  await expect(db.retryRun({ run: again, by })).rejects.toMatchObject({ code: 'rotation-no-retry' })
})
