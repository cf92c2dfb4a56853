import { expect, test } from 'vitest'
import * as db from '../../test/all.ts'
import { makeCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { findCluster } from '../store/ids.ts'

useDatabase()
const by = 'marie@example.net'

const ask = (cluster: string, operation: unknown, typed?: string) =>
  db.requestOperation({ cluster, operation, typed, by })

async function idOf(cluster: string): Promise<string> {
  return (await findCluster(cluster)).id
}

test('an upgrade is finished or gone back from only while it is open, and when the name was typed', async () => {
  const cluster = await makeCluster()
  await expect(ask(cluster, { kind: 'upgrade', to: 12 })).rejects.toMatchObject({ code: 'operation-invalid' })
  for (const kind of ['upgrade-back', 'upgrade-finish'])
    await expect(ask(cluster, { kind }, cluster)).rejects.toMatchObject({ code: 'no-upgrade' })

  const { archive } = { archive: { uri: 'http://apt.example.net/apt', components: ['main'], key: '/etc/key.asc' } }
  const wayBack = { version: 15, since: '2026-05-01T12:00:00.000Z' } as const
  await db.storePostgres(await idOf(cluster), { version: 17, archive, wayBack })
  expect((await db.getCluster(cluster))!.spec.postgres).toEqual({ version: 17, archive, wayBack })

  await expect(ask(cluster, { kind: 'upgrade', to: 17 })).rejects.toMatchObject({ code: 'upgrade-open' })
  for (const kind of ['upgrade-back', 'upgrade-finish']) {
    await expect(ask(cluster, { kind })).rejects.toMatchObject({ code: 'not-confirmed' })
    await expect(ask(cluster, { kind }, 'pi-1')).rejects.toMatchObject({ code: 'not-confirmed' })
  }
  expect(await ask(cluster, { kind: 'upgrade-back' }, cluster)).toMatch(/^[0-9a-f-]{36}$/)

  await db.storePostgres(await idOf(cluster), { version: 15, archive })
  expect((await db.getCluster(cluster))!.spec.postgres).toEqual({ version: 15, archive })
})
