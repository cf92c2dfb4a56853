import type { BackupSpec } from '@bramble/cluster'
import { BackupSpec as Schema } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { contextOf, factsFor, stored } from '../../../test/context.ts'
import { planSteps } from '../../engine/plan.ts'
import { type PutAction, Secret } from '../../engine/types.ts'
import { stepsFor } from '../index.ts'
import { backup } from './index.ts'

const on = (repository: object, change: object = {}): BackupSpec => Schema.parse({ repository, ...change })
const apart = on({ kind: 'node', node: 'pi-1' })
const beside = on({ kind: 'node', node: 'pi-3', path: '/mnt/usb/backups', mounted: true })
const sftp = on({
  kind: 'sftp',
  host: 'nas.lan',
  user: 'me',
  path: '/srv/backups',
  hostKey: `SHA256:${'A'.repeat(43)}`,
})
const s3 = on({ kind: 's3', endpoint: 'minio.lan:9000', bucket: 'bramble' })

function filesOf(name: string, section: BackupSpec | undefined, codename = 'trixie'): Record<string, string> {
  const steps = stepsFor(contextOf(name, section ? { backup: section } : {}))
  const facts = factsFor(steps, { machine: { codename } })
  const puts = steps
    .flatMap((step) => step.apply?.(facts) ?? [])
    .filter((action): action is PutAction => action.kind === 'put')
  return Object.fromEntries(
    puts.map(({ path, content }) => [path, content instanceof Secret ? content.reveal() : String(content)]),
  )
}
const config = (name: string, section: BackupSpec, codename?: string) =>
  filesOf(name, section, codename)['/etc/pgbackrest/pgbackrest.conf']!.split('\n')
const secrets = (name: string, section: BackupSpec) => filesOf(name, section)['/etc/pgbackrest/conf.d/secrets.conf']
const rolesOf = (name: string, section: BackupSpec) =>
  backup.steps(contextOf(name, { backup: section })).map((step) => step.id)

describe('who takes part', () => {
  it('the copies and the keeper, and nobody without the section', () => {
    expect(backup.steps(contextOf('pi-1'))).toEqual([])
    expect(rolesOf('pi-1', apart)).toContain('backup/folder')
    expect(rolesOf('pi-2', apart)).toEqual([
      'backup/packages',
      'backup/key',
      'backup/sftp-key-gone',
      'backup/secrets',
      'backup/config',
      'backup/certificate',
      'backup/server',
    ])
    expect(rolesOf('pi-1', beside)).toEqual([])
    expect(rolesOf('pi-3', beside)).toContain('backup/disk')
    expect(rolesOf('pi-1', sftp)).toEqual([])
    const server = (section: BackupSpec) =>
      backup.steps(contextOf('pi-2', { backup: section })).find(({ id }) => id === 'backup/server')?.title
    expect([server(apart), server(sftp)]).toEqual(['Run pgbackrest.service', 'Stop pgbackrest.service'])
  })

  it('PostgreSQL archives, and no replica asks the repository: one that is away must not hold up a failover', () => {
    const patroni = parse(filesOf('pi-2', apart)['/etc/patroni/config.yml']!) as {
      postgresql: { parameters: Record<string, string>; recovery_conf?: unknown }
    }
    expect(patroni.postgresql.parameters).toMatchObject({
      archive_mode: 'on',
      archive_command: 'pgbackrest --stanza=home archive-push %p',
    })
    expect(JSON.stringify(patroni)).not.toContain('restore_command')
    expect(filesOf('pi-2', undefined)['/etc/patroni/config.yml']).not.toContain('archive')
  })

  it('the port is open to the cluster, and only when there is a keeper', () => {
    const rules = (section: BackupSpec | undefined) => filesOf('pi-2', section)['/etc/bramble/firewall.nft']
    expect(rules(apart)).toContain('ip saddr @cluster tcp dport 8432 accept')
    expect(rules(sftp)).not.toContain('8432')
    expect(rules(undefined)).not.toContain('8432')
  })
})

describe('pgbackrest.conf', () => {
  it('of the keeper: its folder, every copy over TLS, and who may ask', () => {
    const lines = config('pi-1', apart)
    expect(lines).toEqual(
      expect.arrayContaining(['repo1-path=/var/lib/pgbackrest', 'pg3-host=pi-4', 'pg3-host-type=tls']),
    )
    expect(lines.filter((line) => line.startsWith('tls-server-auth'))).toEqual([
      'tls-server-auth=pi-2=home',
      'tls-server-auth=pi-3=home',
      'tls-server-auth=pi-4=home',
    ])
    expect(lines).toContain('backup-standby=prefer')
    expect(config('pi-1', apart, 'bookworm')).not.toContain('backup-standby=prefer')
  })

  it('of a copy: the keeper over TLS, its own data, and nobody but the keeper may ask', () => {
    const lines = config('pi-2', apart)
    expect(lines).toEqual(
      expect.arrayContaining(['repo1-host=pi-1', 'repo1-host-type=tls', 'pg1-path=/var/lib/postgresql/17/home']),
    )
    expect(lines.filter((line) => line.startsWith('tls-server-auth'))).toEqual(['tls-server-auth=pi-1=home'])
    expect(lines.join('\n')).not.toMatch(/pg2|repo1-path|cipher|backup-standby/)
    expect(config('pi-2', apart, 'bookworm')).toContain('pg1-path=/var/lib/postgresql/15/home')
  })

  it('of a keeper with a copy: its own copy first, which is how pgBackRest knows it', () => {
    const lines = config('pi-3', beside)
    expect(lines).toContain('repo1-path=/mnt/usb/backups')
    expect(lines.filter((line) => /^pg\d-host=/.test(line))).toEqual(['pg2-host=pi-2', 'pg3-host=pi-4'])
    expect(lines).toContain('pg1-path=/var/lib/postgresql/17/home')
  })

  it('of SFTP: the host key as hexadecimal, and a key of its own to sign in', () => {
    const lines = config('pi-2', sftp)
    expect(lines).toEqual(
      expect.arrayContaining([
        'repo1-type=sftp',
        'repo1-sftp-host=nas.lan',
        'repo1-sftp-host-key-check-type=fingerprint',
      ]),
    )
    expect(lines).toContain(`repo1-sftp-host-fingerprint=${'0'.repeat(64)}`)
    expect(filesOf('pi-2', sftp)['/etc/bramble/pgbackrest-sftp.key']).toBe(stored['backup.ssh.private'])
  })

  it('of a bucket: path style unless told otherwise', () => {
    expect(config('pi-2', s3)).toEqual(
      expect.arrayContaining(['repo1-type=s3', 'repo1-s3-endpoint=minio.lan:9000', 'repo1-s3-uri-style=path']),
    )
  })
})

describe('the passphrase', () => {
  const passphrase = `repo1-cipher-pass=${stored['backup.passphrase']}`
  it('lies where the repository is opened and nowhere else', () => {
    expect(secrets('pi-1', apart)).toContain(passphrase)
    expect(secrets('pi-2', apart)).not.toContain('cipher')
    expect(secrets('pi-2', s3)).toContain(passphrase)
    expect(secrets('pi-1', on({ kind: 'node', node: 'pi-1' }, { encrypted: false }))).not.toContain('cipher')
  })

  it('is shown in no plan', () => {
    const steps = stepsFor(contextOf('pi-1', { backup: apart }))
    const plan = JSON.stringify(planSteps(steps, factsFor(steps), false))
    expect(plan).toContain('tls-server-auth=pi-2=home')
    expect(plan).not.toContain(stored['backup.passphrase'])
  })
})
