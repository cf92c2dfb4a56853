/** Statuses of apps without secrets: a real database. */
import type { AppStatus } from '@bramble/cluster'
import { prisma } from '@bramble/db'
import { appPassword, changeEnvironment, keepRelease } from '@bramble/db/apps'
import { getCluster } from '@bramble/db/clusters'
import { builtCluster, someApp } from '@bramble/db/test/apps'
import { useDatabase } from '@bramble/db/test/database'
import { expect, test } from 'vitest'
import { redactStatuses } from './redact-status.ts'

useDatabase()
const by = 'ada@example.org'
const release = 'a'.repeat(64)

test('log lines in a status hold no value of the environment, present or kept, and no password', async () => {
  const cluster = await builtCluster()
  await someApp(cluster, 'blog')
  await someApp(cluster, 'shop')
  const environment = { cluster, app: 'blog', unset: [], by }
  await changeEnvironment({ ...environment, set: { TOKEN: 'secret-of-now' }, secret: true })
  await changeEnvironment({ ...environment, set: { KEY: 'plain-of-now' }, secret: false })
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  const kept = { environmentDigest: 'b'.repeat(64), served: release }
  await keepRelease(id, 'blog', release, { environment: { TOKEN: 'secret-of-before' }, ...kept })
  await appPassword(id, 'blog', () => 'password-of-database')
  const { spec } = (await getCluster(cluster))!
  const all = 'secret-of-now plain-of-now secret-of-before postgresql://app_blog:password-of-database@192.0.2.1/'
  const status = (message: string | null): AppStatus => ({
    ...{ serving: null, availability: 'running', cron: [], silent: [], behind: [], unlimited: [] },
    slots: [{ node: 'pi-1', slot: 'a', release, state: 'failed', message, restarts: 0 }],
  })
  const statuses = new Map([
    ['blog', status(`cannot connect: ${all}`)],
    ['shop', status(null)],
  ])
  const redacted = await redactStatuses({ id, spec }, statuses)
  const blank = '‹secret›'
  expect(redacted.get('blog')!.slots[0]).toEqual({
    ...status(null).slots[0],
    message: `cannot connect: ${blank} ${blank} ${blank} postgresql://app_blog:${blank}@192.0.2.1/`,
  })
  expect(redacted.get('shop')).toEqual(status(null))
})
