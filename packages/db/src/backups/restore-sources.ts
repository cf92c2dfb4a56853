/** Whose backups may come into a cluster: those of the others here, and what a person gave by hand, kept sealed. */
import { randomUUID } from 'node:crypto'
import {
  type BackupRepository,
  type ClusterSpec,
  nodesWith,
  type PastRestore,
  type RestoreSource,
  sourceName,
} from '@bramble/cluster'
import { issuedSecrets, readSealed, sealedRow } from '../secrets/secrets.ts'
import type { Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { specOf, withNodes } from '../store/specs.ts'
import { pastRestores } from './past-restores.ts'

/** What a person types beside a repository that is given by hand. */
export interface SourceSecrets {
  passphrase?: string | undefined
  /** Of a bucket. */
  key?: string | undefined
  secret?: string | undefined
}

/** For the dialog: the other clusters with backups, by name. */
export async function listRestoreSources(cluster: string): Promise<{ name: string; repository: BackupRepository }[]> {
  const rows = await prisma().cluster.findMany({
    where: { name: { not: cluster } },
    include: withNodes,
    orderBy: { name: 'asc' },
  })
  return rows.flatMap((row) => {
    const { backup } = specOf(row)
    return backup ? [{ name: row.name, repository: backup.repository }] : []
  })
}

/**
 * Looks at the source and keeps what is secret of it; returns it as the run remembers it. What was given for an earlier
 * run of the cluster is forgotten. Refusal `source-unknown`, `source-invalid`, `source-away`, `node-unknown`, `secret-invalid`, `secret-missing`.
 */
export async function keepSource(
  tx: Transaction,
  cluster: { id: string; spec: ClusterSpec },
  source: RestoreSource,
  secrets: SourceSecrets,
): Promise<RestoreSource> {
  const { id, spec } = cluster
  await tx.secret.deleteMany({ where: { clusterId: id, purpose: 'source' } })
  if (source.kind === 'cluster') {
    const repository = await repositoryOf(tx, spec, source.cluster)
    if (repository.kind === 'node' && !source.moved)
      throw new Refusal(
        'source-away',
        `The backups of ${source.cluster} are stored on ${repository.node}, which the Pis of ${spec.name} cannot access.`,
        `Mount its disk, or copy the folder ${repository.path}, on a Pi of ${spec.name} and say where.`,
      )
    if (source.moved) refuseStranger(spec, source.moved.node)
    return source
  }
  const { repository, encrypted } = source
  if (repository.kind === 'node') refuseStranger(spec, repository.node)
  const wanted = {
    ...(encrypted ? { passphrase: secrets.passphrase } : {}),
    ...(repository.kind === 's3' ? { key: secrets.key, secret: secrets.secret } : {}),
  }
  const sealed = randomUUID()
  for (const [name, text] of Object.entries(wanted)) {
    if (!text) throw new Refusal('secret-missing', `${secretWords[name]} is missing.`, 'Type it.')
    // It stands in a line of pgBackRest's file.
    if (!/^[\x21-\x7e]([\x20-\x7e]{0,254}[\x21-\x7e])?$/.test(text))
      throw new Refusal(
        'secret-invalid',
        `${secretWords[name]} contains invalid characters or is too long.`,
        'Copy it again.',
      )
    await tx.secret.create({ data: await sealedRow(id, 'source', `${sealed}/${name}`, text) })
  }
  return { ...source, sealed }
}

const secretWords: Record<string, string> = {
  passphrase: 'The passphrase of the repository',
  key: 'The access key of the bucket',
  secret: 'The secret key of the bucket',
}

async function repositoryOf(
  tx: Pick<Transaction, 'cluster'>,
  spec: ClusterSpec,
  name: string,
): Promise<BackupRepository> {
  const row = name === spec.name ? null : await tx.cluster.findUnique({ where: { name }, include: withNodes })
  if (!row)
    throw new Refusal('source-unknown', `There is no other cluster ${name} here.`, 'Enter its repository manually.')
  const { backup } = specOf(row)
  if (!backup)
    throw new Refusal(
      'source-invalid',
      `${name} has no backups.`,
      'Choose another one, or enter a repository manually.',
    )
  return backup.repository
}

function refuseStranger(spec: ClusterSpec, node: string): void {
  const copies = nodesWith(spec, 'postgres').map(({ name }) => name)
  if (copies.includes(node)) return
  throw new Refusal(
    'node-unknown',
    `${node} is not a Pi of ${spec.name} that has the role postgres.`,
    `Mount the disk on one of these: ${copies.join(', ')}.`,
  )
}

export interface OpenedSource {
  name: string
  stanza: string
  repository: BackupRepository
  passphrase: string | null
  s3: { key: string; secret: string } | null
  /** The private key for an SFTP server; null: it is that of the cluster that restores. */
  key: string | null
  /** Of the cluster that it is of. */
  restores: PastRestore[]
}

/** For the run. Refusal `source-unknown`, `source-forgotten`. */
export async function openRestoreSource(
  cluster: { id: string; spec: ClusterSpec },
  source: RestoreSource,
): Promise<OpenedSource> {
  const base = { name: sourceName(source), stanza: sourceName(source) }
  if (source.kind === 'repository') {
    const { repository, encrypted, sealed } = source
    const kept = await readSealed(cluster.id, 'source')
    const needed = (name: string): string => {
      const text = kept[`${sealed}/${name}`]
      if (text !== undefined) return text
      throw new Refusal(
        'source-forgotten',
        'The passphrase and keys for this restore are no longer stored.',
        'Start it again on the Backups page.',
      )
    }
    const s3 = repository.kind === 's3' ? { key: needed('key'), secret: needed('secret') } : null
    return { ...base, repository, passphrase: encrypted ? needed('passphrase') : null, s3, key: null, restores: [] }
  }
  const repository = await repositoryOf(prisma(), cluster.spec, source.cluster)
  const row = await prisma().cluster.findUniqueOrThrow({ where: { name: source.cluster }, include: withNodes })
  const { backup } = specOf(row)
  const issued = await issuedSecrets(row.id)
  const [key, secret] = [issued['backup.s3.key'], issued['backup.s3.secret']]
  return {
    ...base,
    repository: source.moved ? { kind: 'node', ...source.moved, mounted: false } : repository,
    passphrase: backup?.encrypted ? (issued['backup.passphrase'] ?? null) : null,
    s3: repository.kind === 's3' && key && secret ? { key, secret } : null,
    key: issued['backup.ssh.private'] ?? null,
    restores: await pastRestores(row.id),
  }
}

/** The run came through: what was typed for it is needed no more. */
export async function forgetSourceSecrets(clusterId: string): Promise<void> {
  await prisma().secret.deleteMany({ where: { clusterId, purpose: 'source' } })
}
