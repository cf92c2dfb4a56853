import { BackupRepository } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { contextOf, stored } from '../../test/context.ts'
import { type PutAction, Secret } from '../engine/types.ts'
import { type ForeignSource, readerOf, refuseMixing, sourceArgv, sourceConfig, sourceFiles } from './source.ts'

const { spec, secrets } = contextOf('pi-2')
const source = (repository: object, change: Partial<ForeignSource> = {}): ForeignSource => ({
  ...{ name: 'shelf', stanza: 'shelf', passphrase: new Secret('correct horse'), s3: null, key: new Secret('a key') },
  repository: BackupRepository.parse(repository),
  ...change,
})
const carried = source({ kind: 'node', node: 'pi-3', path: '/mnt/usb/shelf' })

describe('what a node needs to read the backups of another cluster', () => {
  it('is a file of its own: the place, the passphrase, and where this cluster has its database', () => {
    const lines = sourceConfig(carried, '/var/lib/postgresql/17/home').split('\n')
    expect(lines).toEqual(
      expect.arrayContaining(['repo1-path=/mnt/usb/shelf', 'repo1-cipher-pass=correct horse', '[shelf]']),
    )
    expect(lines.at(-2)).toBe('pg1-path=/var/lib/postgresql/17/home')
    expect(sourceConfig(source({ kind: 'node', node: 'pi-3' }, { passphrase: null }), '/data')).not.toContain('cipher')
  })

  it('holds the keys of a bucket, and of an SFTP server names the file with the key', () => {
    const keys = { key: new Secret('AKIA'), secret: new Secret('hush') }
    const bucket = source({ kind: 's3', endpoint: 'minio.lan:9000', bucket: 'bramble' }, { s3: keys })
    expect(sourceConfig(bucket, '/data').split('\n')).toEqual(
      expect.arrayContaining(['repo1-type=s3', 'repo1-s3-key=AKIA', 'repo1-s3-key-secret=hush']),
    )
    const hostKey = `SHA256:${'A'.repeat(43)}`
    const nas = source({ kind: 'sftp', host: 'nas.lan', user: 'me', path: '/srv/backups', hostKey })
    const key = puts(nas).find(({ content }) => (content as Secret).reveal() === 'a key')!
    expect(sourceConfig(nas, '/data').split('\n')).toContain(`repo1-sftp-private-key-file=${key.path}`)
  })

  it('is secret, and travels in no argument', () => {
    for (const { content, mode } of puts(carried)) {
      expect(content).toBeInstanceOf(Secret)
      expect(mode).toBe(0o600)
    }
    expect(sourceArgv(spec).join(' ')).not.toMatch(/correct|SCRAM/)
    const roles = puts(carried).at(-1)!.content as Secret
    expect(roles.reveal()).toMatch(/alter role replicator login replication password 'SCRAM-SHA-256\$/)
    expect(roles.reveal()).not.toContain(stored.superuser)
  })
})

const puts = (from: ForeignSource) =>
  sourceFiles(from, { spec, secrets, major: 17 }).filter((action): action is PutAction => action.kind === 'put')

it('a folder on a Pi is read by that Pi, which must keep a copy', () => {
  expect(readerOf(spec, carried)?.name).toBe('pi-3')
  expect(() => readerOf(spec, source({ kind: 'node', node: 'pi-1' }))).toThrow(/pi-1 has no replica/)
  expect(readerOf(spec, source({ kind: 's3', endpoint: 'minio.lan', bucket: 'bramble' }))).toBeNull()
})

it('a repository into which the cluster writes under the same name is refused', () => {
  const backup = { repository: carried.repository } as NonNullable<typeof spec.backup>
  const same = { ...carried, stanza: spec.name }
  expect(() => refuseMixing({ ...spec, backup }, same)).toThrow(/would mix/)
  refuseMixing({ ...spec, backup }, carried)
  refuseMixing({ ...spec, backup: { ...backup, repository: { ...carried.repository, path: '/srv/own' } } }, same)
})
