/** The repository of another cluster, opened for a restore: how the node that restores reads it, and what it holds. */
import {
  type BackupRepository,
  type ClusterSpec,
  type NodeSpec,
  nodesWith,
  samePlace,
  sizeText,
} from '@bramble/cluster'
import { act } from '../engine/act.ts'
import { command } from '../engine/command.ts'
import { gather } from '../engine/gather.ts'
import type { Transport } from '../engine/transport.ts'
import { type Action, type ClusterSecrets, Secret, Trouble } from '../engine/types.ts'
import { repositoryState, type StanzaState } from '../facts/backup.ts'
import { postgresMajor, versionFacts } from '../facts/releases.ts'
import { bucketKeys, placeLines } from '../roles/backup/pgbackrest.conf.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'
import { scramVerifier } from '../roles/postgres/scram.ts'
import { explainBackup } from './words.ts'

export interface ForeignSource {
  /** What people call the cluster that it is of. */
  name: string
  /** As pgBackRest knows the cluster there. */
  stanza: string
  /** Of kind `node`: a folder on a node of this cluster. */
  repository: BackupRepository
  /** Null: it is not encrypted. */
  passphrase: Secret | null
  s3: ClusterSecrets['backup']['s3']
  /** With which an SFTP server is signed in to. */
  key: Secret
}

const folder = '/var/lib/bramble/restore-source'
const configPath = `${folder}/pgbackrest.conf`
const keyPath = `${folder}/sftp.key`
const rolesPath = `${folder}/roles.sql`
/** pgBackRest reads them as that user. */
const owner = 'postgres:postgres'

/** Bytes that a copy needs beside the database. */
const leastRoom = 256 * 1024 ** 2

/** Of the restore program on the node. */
export const sourceArgv = ({ database }: ClusterSpec): string[] => [
  ...['--config', configPath, '--roles', rolesPath, '--database', database.name, '--owner', database.user],
]

/** What the node needs to read it. `forgetSource` takes all of it away. */
export function sourceFiles(
  source: ForeignSource,
  { spec, secrets, major }: { spec: ClusterSpec; secrets: ClusterSecrets; major: number },
): Action[] {
  const put = (path: string, text: string): Action => {
    return { kind: 'put', path, content: new Secret(text), mode: 0o600, owner }
  }
  return [
    { kind: 'run', argv: ['install', '-d', '-m', '700', '-o', 'postgres', '-g', 'postgres', folder] },
    put(configPath, sourceConfig(source, dataFolder(spec, major))),
    put(keyPath, source.key.reveal()),
    put(rolesPath, rolesSql(spec, secrets)),
  ]
}

export function sourceConfig(source: ForeignSource, data: string): string {
  const { repository, passphrase, s3, stanza } = source
  return [
    '# Managed by Bramble. Used by a restore and deleted after it.',
    '[global]',
    ...placeLines(repository, keyPath),
    ...(passphrase ? ['repo1-cipher-type=aes-256-cbc', `repo1-cipher-pass=${passphrase.reveal()}`] : []),
    ...(repository.kind === 's3' ? bucketKeys(s3) : []),
    'process-max=2',
    'log-level-console=info',
    'log-level-file=off',
    '',
    `[${stanza}]`,
    `pg1-path=${data}`,
    '',
  ].join('\n')
}

/** The roles that Patroni and Bramble use, with the passwords of this cluster: the other one's are worth nothing then. */
function rolesSql(spec: ClusterSpec, secrets: ClusterSecrets): string {
  const role = (name: string, rights: string, password: Secret) =>
    `select 'create role ${name}' where not exists (select from pg_roles where rolname = '${name}') \\gexec
alter role ${name} login ${rights} password '${scramVerifier(password, `${spec.name} ${name}`)}';
`
  const files = ['ls_dir(text, boolean, boolean)', 'stat_file(text, boolean)', 'read_binary_file(text)']
  const rewinding = [...files, 'read_binary_file(text, bigint, bigint, boolean)']
  return [
    role('postgres', 'superuser', secrets.superuser),
    role('replicator', 'replication', secrets.replication),
    role('rewind', '', secrets.rewind),
    ...rewinding.map((name) => `grant execute on function pg_catalog.pg_${name} to rewind;\n`),
  ].join('')
}

export async function forgetSource(transport: Transport): Promise<void> {
  await transport.exec(['rm', '-rf', '--', folder], { as: 'root', timeout: 60_000 })
}

/** Where the restore is done: a folder on a Pi is read by that Pi alone. Trouble `source-elsewhere`. */
export function readerOf(spec: ClusterSpec, { repository }: ForeignSource): NodeSpec | null {
  if (repository.kind !== 'node') return null
  const copies = nodesWith(spec, 'postgres')
  const reader = copies.find(({ name }) => name === repository.node)
  if (reader) return reader
  throw new Trouble(
    'source-elsewhere',
    `${repository.node} has no replica of the database, so it cannot restore one.`,
    `Mount the disk on a node that has one: ${copies.map(({ name }) => name).join(', ')}.`,
  )
}

/** Trouble `same-repository`: the backups of both would mix. */
export function refuseMixing(spec: ClusterSpec, { repository, stanza }: ForeignSource): void {
  if (!spec.backup || stanza !== spec.name || !samePlace(spec.backup.repository, repository)) return
  throw new Trouble(
    'same-repository',
    `${spec.name} stores its own backups in the same location under the same name: the two would mix.`,
    'Set another folder for its backups first (Settings on this page), approve the plan, then restore.',
  )
}

/** Reads the repository from the node. Troubles: `source-empty`, `source-forbidden`, `passphrase-wrong`, `source-unreadable`. */
export async function openSource(
  source: ForeignSource,
  files: readonly Action[],
  transport: Transport,
  signal: AbortSignal,
): Promise<StanzaState> {
  for (const action of files) await act(transport, action, { signal, log: () => undefined })
  const quiet = ['--log-level-console=off', '--log-level-stderr=error']
  const ask = (...words: string[]) =>
    transport.exec(['runuser', '-u', 'postgres', '--', 'pgbackrest', `--config=${configPath}`, ...quiet, ...words], {
      ...{ as: 'root', timeout: 120_000, signal },
    })
  const { code, stdout, stderr } = await ask(`--stanza=${source.stanza}`, 'info', '--output=json')
  if (code !== 0) throw unreadable(source, stderr || stdout)
  const state = repositoryState(stdout)
  if (state.trouble !== null) throw unreadable(source, state.trouble)
  if (state.stanza) return state
  const listed = await ask('repo-ls', 'backup')
  const names = listed.code === 0 ? listed.stdout.split('\n').filter((name) => name.trim() !== '') : []
  throw new Trouble(
    'source-empty',
    `The repository holds no backups of a cluster named ${source.stanza}.`,
    names.length > 0
      ? `It has backups of ${names.join(', ')}: enter that name.`
      : 'It is empty. Check the folder or bucket, and that the disk is mounted.',
  )
}

function unreadable(source: ForeignSource, words: string): Trouble {
  const said = words.trim().slice(-400)
  const { repository } = source
  if (/Permission denied/i.test(words) && repository.kind === 'node')
    return new Trouble(
      'source-forbidden',
      `The user postgres on ${repository.node} cannot read the repository: ${said}`,
      `The user ID of postgres differs from that on the Pi that wrote the repository. On ${repository.node}: sudo chown -R postgres:postgres ${repository.path}`,
    )
  const known = explainBackup(words)
  if (known?.code === 'passphrase-wrong')
    return new Trouble(
      known.code,
      `The repository of ${source.name} cannot be decrypted with that passphrase.`,
      'Enter the passphrase that it was encrypted with; the Backups page of the other cluster shows it to an admin.',
    )
  if (known && known.code !== 'repository-away') return new Trouble(known.code, known.message, known.cure)
  return new Trouble(
    'source-unreadable',
    `pgBackRest cannot read the repository of ${source.name}: ${said}`,
    'Check its location and keys, and that this Pi can reach it. No service was stopped.',
  )
}

/** Trouble `version-differs`, `no-room`: what every copy must fulfil. Bytes: the size of the database that comes in. */
export async function refuseUnfit(
  spec: ClusterSpec,
  source: ForeignSource,
  state: StanzaState,
  bytes: number,
  copies: readonly { node: NodeSpec; transport: Transport }[],
): Promise<void> {
  for (const { node, transport } of copies) {
    const major = postgresMajor({ spec }, await gather(transport, versionFacts))
    if (state.version !== null && state.version !== major)
      throw new Trouble(
        'version-differs',
        `The backups of ${source.name} are of PostgreSQL ${state.version}; ${node.name} runs PostgreSQL ${major}.`,
        `Restore onto Pis with PostgreSQL ${state.version} (its Debian release), and upgrade them afterwards.`,
      )
    const data = dataFolder(spec, major)
    const free = command(['df', '--block-size=1', '--output=avail', '/var/lib/postgresql'])
    const used = command(['du', '-sb', data], { timeout: 60 })
    const facts = await gather(transport, [free, used])
    const number = (text: string) => Number(/\d+/.exec(text)?.[0] ?? 0)
    const room = number(facts.of(free).stdout) + number(facts.of(used).stdout)
    const needed = bytes * 1.1 + leastRoom
    if (room < needed)
      throw new Trouble(
        'no-room',
        `There is not enough free space on ${node.name} for the database of ${source.name}: ${sizeText(room)} available, ${sizeText(needed)} needed.`,
        'Free some space there, or use a larger card.',
      )
  }
}
