/** Every secret is replaced in a cluster with backups: they go on, on a node and on an SFTP server, also with a new key for it. */
import type { BackupSpec } from '@bramble/cluster'
import { openSecrets, type RotateInput, readRepository, rotateSecrets } from '@bramble/provision'
import { databaseDoor, startWriter } from '@bramble/provision/availability'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { secretsOnDisk } from './old-secrets.ts'
import { authorize, backUp, firstBackup, sftpRepository } from './sftp-repository.ts'
import { openStage, type Stage } from './stage.ts'

const minute = 60_000
/** Its sshd is the SFTP server. */
const server = 'pi-4'
let stage: Stage
beforeAll(async () => {
  const change: Parameters<typeof openStage>[0]['change'] = (spec) => ({ ...spec, synchronous: true, preset: 'fast' })
  stage = await openStage({ id: 71, nodes: 4, built: true, change })
  await stage.allCopies()
}, 20 * minute)
afterAll(() => stage?.close(), 2 * minute)

async function backUpTo(repository: BackupSpec['repository']): Promise<void> {
  const schedule = { time: '03:00', full: 'sunday', between: 'diff', drill: 'never' } as const
  stage = await stage.become((spec) => ({ ...spec, backup: { repository, schedule, keep: 2, encrypted: true } }))
  const { outcome } = await stage.apply()
  expect(outcome.status, outcome.message).toBe('succeeded')
  await firstBackup(stage)
}

/** Under a client that writes. Returns what was stored before. */
async function rotate(sftp: boolean): Promise<Readonly<Record<string, string>>> {
  const before = stage.stored
  let stored: Record<string, string> = { ...before }
  const keep: RotateInput['keep'] = async (change) => {
    stored = await change(stored)
    return stored
  }
  const live = {
    get application() {
      return openSecrets(stored).application
    },
    get ca() {
      return openSecrets(stored).ca
    },
  }
  const writer = await startWriter(databaseDoor(stage.spec, live))
  const outcome = await rotateSecrets({
    ...{ spec: stage.spec, secrets: openSecrets(stored), fleet: stage.fleet, keep, asked: String(Date.now()) },
    choice: { application: false, sftp },
    signal: new AbortController().signal,
    emit: () => undefined,
  })
  expect(outcome.status, outcome.message).toBe('succeeded')
  await writer.next(60)
  await writer.stop()
  console.log(`Rotation: ${outcome.seconds.toFixed(0)} s, longest gap ${writer.outage().toFixed(1)} s`)
  expect(await writer.missing()).toEqual([])
  await writer.forget()
  stage = await stage.holding(stored)
  await stage.allCopies()
  return before
}

const goesOn = async () => {
  const { status, message } = await backUp(stage, 'diff')
  expect(status, message).toBe('succeeded')
  expect((await readRepository(stage)).backups.map(({ type }) => type)).toEqual(['full', 'diff'])
  expect((await stage.plan()).changes).toBe(0)
}

it(
  'with the repository on a node backups go on at once, and earlier ones can be read',
  async () => {
    await backUpTo({ kind: 'node', node: 'pi-1', path: '/var/lib/pgbackrest', mounted: false })
    await rotate(false)
    await goesOn()
  },
  20 * minute,
)

it(
  'with the repository on an SFTP server they go on at once where its key is kept',
  async () => {
    await backUpTo(await sftpRepository(stage, server))
    const before = await rotate(false)
    expect(stage.stored['backup.ssh.private']).toBe(before['backup.ssh.private'])
    await goesOn()
  },
  20 * minute,
)

it(
  'with a new key for the SFTP server they fail in words until it is let in there; no Pi keeps the old one',
  async () => {
    const before = await rotate(true)
    const old = before['backup.ssh.private']!
    expect(stage.stored['backup.ssh.private']).not.toBe(old)
    for (const { name } of stage.spec.nodes) expect(await secretsOnDisk(stage, name, [old]), name).toEqual([])
    const refused = await backUp(stage, 'diff')
    console.log(`Before the key is let in: ${refused.message}`)
    expect(refused.status).toBe('failed')
    expect(refused.message).toContain('does not accept the key of this cluster')
    await authorize(stage, server, stage.stored['backup.ssh.public']!, before['backup.ssh.public'])
    await firstBackup(stage, 'diff')
    expect((await stage.plan()).changes).toBe(0)
  },
  20 * minute,
)
