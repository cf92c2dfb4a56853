/** What is on the card of a Pi that gave a role away, or left: its whole disk is searched for every secret of the cluster. */
import type { ClusterSpec, Role } from '@bramble/cluster'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { powerOff } from '../src/index.ts'
import { searchDisk, secretsOf, unpackLogs, verifiersOf } from './card-secrets.ts'
import { firstBackup, sftpRepository } from './sftp-repository.ts'
import { openStage, type Stage } from './stage.ts'

const minute = 60_000
/** Its sshd is the SFTP server. */
const server = 'pi-4'
let stage: Stage
/** A replica that gives its copy away, then leaves. */
let leaver: string
/** Every secret of the cluster, and what SCRAM keeps of its passwords. */
let everything: Record<string, string[]>
beforeAll(async () => {
  const change: Parameters<typeof openStage>[0]['change'] = (spec) => ({ ...spec, synchronous: true, preset: 'fast' })
  stage = await openStage({ id: 66, nodes: 4, built: true, change })
  await stage.allCopies()
}, 20 * minute)
afterAll(() => stage?.close(), 2 * minute)

async function become(change: (spec: ClusterSpec) => ClusterSpec) {
  stage = await stage.become(change)
  const { outcome } = await stage.apply()
  expect(outcome.status, outcome.message).toBe('succeeded')
}

const withNode = (spec: ClusterSpec, name: string, change: { roles: Role[]; leaving?: true }): ClusterSpec => ({
  ...spec,
  nodes: spec.nodes.map((node) => (node.name === name ? { ...node, ...change } : node)),
})

const wanted = (...names: RegExp[]) =>
  Object.fromEntries(Object.entries(everything).filter(([name]) => names.some((one) => one.test(name))))
const namesIn = (found: Record<string, string[]>) => [...new Set(Object.values(found).flat())].sort()

async function backUpOverSftp(): Promise<void> {
  const repository = await sftpRepository(stage, server)
  await become((spec) => ({
    ...spec,
    backup: {
      repository,
      schedule: { time: '03:00', full: 'sunday', between: 'diff', drill: 'never' },
      keep: 2,
      encrypted: true,
    },
  }))
  await firstBackup(stage)
}

describe('the card of a Pi', () => {
  it(
    'keeps no password and no key of the database and its backups when the copy moves away',
    async () => {
      await backUpOverSftp()
      await stage.allCopies()
      everything = { ...secretsOf(stage.stored), ...(await verifiersOf(stage)) }
      const primary = await stage.primary()
      const before = stage.spec.nodes.find(({ name, roles }) => roles.includes('postgres') && name !== primary)!
      leaver = before.name
      const there = ['application', 'backup.passphrase', 'backup.ssh.private', `leaf.${leaver}.key`, 'replication']
      expect(namesIn(await searchDisk(stage.id, leaver, everything))).toEqual(
        expect.arrayContaining([...there, 'restApi', 'rewind', 'superuser', 'verifier of app']),
      )
      await become((spec) => withNode(spec, leaver, { roles: before.roles.filter((role) => role !== 'postgres') }))
      await unpackLogs(stage, leaver)
      const names = wanted(/^backup/, /^(superuser|replication|rewind|restApi)$/, /^ca\./)
      expect(await searchDisk(stage.id, leaver, names)).toEqual({})
    },
    20 * minute,
  )

  it(
    'keeps nothing when it leaves: the whole disk is searched for every secret',
    async () => {
      // The files of the database stayed on it, for the day on which the role returns.
      expect(namesIn(await searchDisk(stage.id, leaver, everything))).toContain('verifier of app')
      await become((spec) => withNode(spec, leaver, { roles: [], leaving: true }))
      await unpackLogs(stage, leaver)
      expect(await searchDisk(stage.id, leaver, everything, 'all')).toEqual({})
      await powerOff({ id: stage.id, node: leaver })
      expect(await searchDisk(stage.id, leaver, everything, 'written')).toEqual({})
    },
    15 * minute,
  )

  it(
    'keeps no key of the backups when they are switched off',
    async () => {
      await become((spec) => ({ ...spec, nodes: spec.nodes.filter((node) => !node.leaving), backup: undefined }))
      for (const { name } of stage.spec.nodes) {
        await unpackLogs(stage, name)
        expect(await searchDisk(stage.id, name, wanted(/^backup/)), name).toEqual({})
      }
    },
    15 * minute,
  )
})
