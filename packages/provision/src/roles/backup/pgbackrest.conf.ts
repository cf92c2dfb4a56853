/** pgBackRest's settings as a template: who holds the repository, who holds a copy, and how they reach one another. */
import {
  type BackupRepository,
  type BackupSpec,
  type ClusterSpec,
  type NodeSpec,
  nodesWith,
  repositoryNode,
} from '@bramble/cluster'
import type { ClusterSecrets, RoleContext } from '../../engine/types.ts'
import { caPath, certificatePath } from '../../facts/identity.ts'
import { dataFolder } from '../postgres/patroni.yml.ts'

export const backupConfig = '/etc/pgbackrest/pgbackrest.conf'
export const backupSecrets = '/etc/pgbackrest/conf.d/secrets.conf'
export const backupKeyPath = '/etc/bramble/pgbackrest.key'
export const sftpKeyPath = '/etc/bramble/pgbackrest-sftp.key'

interface BackupFacts {
  postgresMajor: number
  /** Trixie's pgBackRest copies from a replica when there is one; Bookworm's would fail without. */
  prefersStandby: boolean
  /** Bytes of unsent write-ahead log after which the archive has a gap rather than the card being full. */
  queue: number
}

type Lines = (string | null)[]

/** Nothing in it is secret. */
export function backupConfigText(context: RoleContext, facts: BackupFacts): string {
  const { spec, node } = context
  const backup = spec.backup!
  const keeper = repositoryNode(spec)
  return [
    '# Managed by Bramble. Local changes are overwritten. Secrets are in conf.d/secrets.conf.',
    '[global]',
    ...repository(spec, backup, node),
    `repo1-retention-full=${backup.keep}`,
    'compress-type=zst',
    'compress-level=3',
    'process-max=2',
    'start-fast=y',
    ...(facts.prefersStandby && node === keeper ? ['backup-standby=prefer'] : []),
    '# If the repository is unreachable for long, WAL is dropped from the archive so that the card of the primary does not fill up.',
    `archive-push-queue-max=${facts.queue}`,
    'log-level-console=info',
    'log-level-file=off',
    '',
    '# The nodes use TLS with certificates of this cluster. Each certificate allows access to this cluster only.',
    'tls-server-address=*',
    `tls-server-cert-file=${certificatePath}`,
    `tls-server-key-file=${backupKeyPath}`,
    `tls-server-ca-file=${caPath}`,
    ...peers(spec, node).map(({ name }) => `tls-server-auth=${name}=${spec.name}`),
    '',
    '[global:archive-push]',
    '# An unreachable repository must not block PostgreSQL.',
    'io-timeout=20',
    '',
    `[${spec.name}]`,
    ...copies(spec, node, keeper, facts),
    '',
  ]
    .filter((line) => line !== null)
    .join('\n')
}

function repository(spec: ClusterSpec, { repository, encrypted }: BackupSpec, node: NodeSpec): Lines {
  const keeper = repositoryNode(spec)
  const cipher = encrypted && (keeper === null || keeper === node) ? 'repo1-cipher-type=aes-256-cbc' : null
  if (repository.kind === 'node' && repository.node !== node.name) return remote('repo1', repository.node)
  return [...placeLines(repository, sftpKeyPath), cipher]
}

/** Of who opens the repository itself. `key`: the file with which it signs in to an SFTP server. */
export function placeLines(repository: BackupRepository, key: string): string[] {
  switch (repository.kind) {
    case 'node':
      return [`repo1-path=${repository.path}`]
    case 'sftp':
      return [
        'repo1-type=sftp',
        `repo1-path=${repository.path}`,
        `repo1-sftp-host=${repository.host}`,
        `repo1-sftp-host-port=${repository.port}`,
        `repo1-sftp-host-user=${repository.user}`,
        `repo1-sftp-private-key-file=${key}`,
        'repo1-sftp-host-key-hash-type=sha256',
        'repo1-sftp-host-key-check-type=fingerprint',
        `repo1-sftp-host-fingerprint=${Buffer.from(repository.hostKey.slice('SHA256:'.length), 'base64').toString('hex')}`,
      ]
    case 's3':
      return [
        'repo1-type=s3',
        `repo1-path=${repository.path}`,
        `repo1-s3-endpoint=${repository.endpoint}`,
        `repo1-s3-bucket=${repository.bucket}`,
        `repo1-s3-region=${repository.region}`,
        `repo1-s3-uri-style=${repository.style}`,
      ]
  }
}

/** Certificates name the nodes by name, and /etc/hosts knows them. */
function remote(place: string, name: string): string[] {
  return [
    `${place}-host=${name}`,
    `${place}-host-type=tls`,
    `${place}-host-ca-file=${caPath}`,
    `${place}-host-cert-file=${certificatePath}`,
    `${place}-host-key-file=${backupKeyPath}`,
  ]
}

/** Who may ask this node: the keeper of the repository and the copies. A keeper alone names itself: its server wants a name. */
function peers(spec: ClusterSpec, node: NodeSpec): NodeSpec[] {
  const keeper = repositoryNode(spec)
  const others = spec.nodes.filter(
    (other) =>
      other !== node && (other === keeper || node === keeper) && (other.roles.includes('postgres') || other === keeper),
  )
  return others.length === 0 && node === keeper ? [node] : others
}

/** A node's own copy comes first: pgBackRest takes the first one for the local one. Only the keeper asks the others. */
function copies(spec: ClusterSpec, node: NodeSpec, keeper: NodeSpec | null, facts: BackupFacts): Lines {
  const holders = nodesWith(spec, 'postgres')
  const own = holders.filter((holder) => holder === node)
  const listed = node === keeper ? [...own, ...holders.filter((holder) => holder !== node)] : own
  return listed.flatMap((holder, index) => [
    ...(holder === node ? [] : remote(`pg${index + 1}`, holder.name)),
    `pg${index + 1}-path=${dataFolder(spec, facts.postgresMajor)}`,
    `pg${index + 1}-socket-path=/var/run/postgresql`,
  ])
}

/** Empty where nothing is secret: on a node that reaches the repository through its keeper. */
export function backupSecretsText({ spec, node, secrets }: RoleContext): string {
  const backup = spec.backup!
  const keeper = repositoryNode(spec)
  const lines = ['# Managed by Bramble. Local changes are overwritten.', '[global]']
  if (backup.encrypted && (keeper === null || keeper === node))
    lines.push(`repo1-cipher-pass=${secrets.backup.passphrase.reveal()}`)
  if (backup.repository.kind === 's3') lines.push(...bucketKeys(secrets.backup.s3))
  return `${lines.join('\n')}\n`
}

export function bucketKeys(keys: ClusterSecrets['backup']['s3']): string[] {
  if (!keys) return []
  return [`repo1-s3-key=${keys.key.reveal()}`, `repo1-s3-key-secret=${keys.secret.reveal()}`]
}
