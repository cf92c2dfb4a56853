/**
 * backup: pgBackRest on every copy of the database and on the node with the repository.
 * PostgreSQL hands every finished file of its write-ahead log to it, so that any moment can be restored. The nodes reach
 * one another through pgBackRest's own TLS server with the cluster's certificates: no SSH keys lie between them.
 */
import { backupNodes, repositoryNode } from '@bramble/cluster'
import { command } from '../../engine/command.ts'
import { fileState } from '../../engine/file.ts'
import { because, type RoleContext, type RoleDefinition, Secret, type Step, settled } from '../../engine/types.ts'
import { machine } from '../../facts/os.ts'
import { postgresMajor, versionFacts } from '../../facts/releases.ts'
import { type FileStep, file, gate, packages, service } from '../../resources/index.ts'
import { caFile, certificateFile, keyFile, loadCertificate } from '../certificates.ts'
import { archiveQueue, diskSize, sizeOfDisk } from '../postgres/sizing.ts'
import { backupConfig, backupConfigText, backupSecrets, backupSecretsText, sftpKeyPath } from './pgbackrest.conf.ts'

const unit = 'pgbackrest.service'
const owner = 'postgres:postgres'

/** Its steps come before those of postgres: who archives needs the tool. */
export const backup: RoleDefinition = {
  name: 'backup',
  steps(context) {
    const { spec, node } = context
    if (!backupNodes(spec).includes(node)) return []
    const key = keyFile(context, 'backup')
    const config = configFile(context)
    const secrets = secretsFile(context)
    return [
      packages({ id: 'backup/packages', names: ['pgbackrest'] }),
      key,
      ...sftpKey(context),
      secrets,
      config,
      ...repositoryFolder(context),
      // For an own repository: what lies on SFTP or S3 needs no server on the nodes.
      ...(repositoryNode(spec)
        ? [
            loadCertificate({
              id: 'backup/certificate',
              unit,
              certificate: certificateFile(context),
              reload: { kind: 'run', argv: ['systemctl', 'reload-or-restart', unit] },
            }),
            service({
              id: 'backup/server',
              unit,
              files: [caFile(context), key, config],
              // Its reload reads the certificates only, not who may ask.
              onChange: 'restart' as const,
            }),
          ]
        : [service({ id: 'backup/server', unit, files: [], running: false })]),
    ]
  },
}

function configFile(context: RoleContext): FileStep {
  return file({
    id: 'backup/config',
    path: backupConfig,
    reads: [...versionFacts, machine, diskSize],
    content: (facts) =>
      backupConfigText(context, {
        postgresMajor: postgresMajor(context, facts),
        prefersStandby: facts.of(machine).codename !== 'bookworm',
        queue: archiveQueue(sizeOfDisk(facts)),
      }),
    loadedBy: [unit],
  })
}

function secretsFile(context: RoleContext): FileStep {
  return file({
    id: 'backup/secrets',
    path: backupSecrets,
    content: new Secret(backupSecretsText(context)),
    mode: 0o600,
    owner,
  })
}

function sftpKey({ spec, secrets }: RoleContext): Step[] {
  if (spec.backup?.repository.kind !== 'sftp') return [sftpKeyGone()]
  const { privateKey } = secrets.backup.ssh
  return [file({ id: 'backup/sftp-key', path: sftpKeyPath, content: privateKey, mode: 0o600, owner })]
}

/** Of a repository that lay elsewhere before: the key would open that server still. */
function sftpKeyGone(): Step {
  const state = fileState(sftpKeyPath)
  return {
    id: 'backup/sftp-key-gone',
    title: 'Remove the SFTP key',
    reads: [state],
    check: (facts) => (facts.of(state).kind === 'absent' ? settled : because('the repository is no longer on SFTP')),
    apply: () => [{ kind: 'run', argv: ['rm', '-f', sftpKeyPath] }],
  }
}

/** The folder, and the disk below it when the user says that there is one. */
function repositoryFolder({ spec, node }: RoleContext): Step[] {
  const repository = spec.backup?.repository
  if (repository?.kind !== 'node' || repository.node !== node.name) return []
  const { path, mounted } = repository
  const folder = fileState(path)
  return [
    ...(mounted ? [diskGate(path)] : []),
    {
      id: 'backup/folder',
      title: `Create the backup folder ${path}`,
      reads: [folder],
      check(facts) {
        const now = facts.of(folder)
        if (now.kind === 'absent') return because('not present yet')
        if (now.kind !== 'folder') return because(`a ${now.kind} is in its place`)
        if (now.owner !== owner) return because(`owner is ${now.owner}, expected ${owner}`)
        return now.mode === 0o750 ? settled : because(`mode is ${now.mode.toString(8)}, expected 750`)
      },
      apply: () => [{ kind: 'run', argv: ['install', '-d', '-m', '750', '-o', 'postgres', '-g', 'postgres', path] }],
    },
  ]
}

function diskGate(path: string): Step {
  const parent = path.split('/').slice(0, -1).join('/')
  const mount = command([
    'sh',
    '-c',
    'findmnt -nro TARGET --target "$1" || findmnt -nro TARGET --target "$2"',
    'sh',
    path,
    parent,
  ])
  return gate({
    id: 'backup/disk',
    title: `Wait for the disk at ${path}`,
    reads: [mount],
    check(facts) {
      const target = facts.of(mount).stdout.trim()
      return target !== '' && target !== '/' ? settled : because('no disk is mounted there')
    },
    patience: 30,
    cure: `Mount the disk (an entry in /etc/fstab with "nofail" mounts it again after a reboot), or set "mounted: false" to use the card.`,
  })
}
