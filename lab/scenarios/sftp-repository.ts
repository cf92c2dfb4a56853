/** A node's sshd as the SFTP server of a cluster's backups. */
import type { BackupSpec } from '@bramble/cluster'
import { takeBackup } from '@bramble/provision'
import { expect } from 'vitest'
import { eventually, type Stage } from './stage.ts'

const folder = '/home/pi/backups'
const keys = '/home/pi/.ssh/authorized_keys'

/** As a person does with the key that the page shows. `instead`: the one that opened it until now. */
export async function authorize(stage: Stage, server: string, key: string, instead?: string): Promise<void> {
  if (instead) await stage.on(server, 'sed', '-i', `\\#${instead.split(' ')[1]}#d`, keys)
  await stage.on(server, 'sh', '-c', `printf '%s\\n' "$1" >> ${keys}`, 'sh', key)
}

/** Makes the folder there and lets the cluster's key in. */
export async function sftpRepository(stage: Stage, server: string): Promise<BackupSpec['repository']> {
  const { address } = stage.spec.nodes.find(({ name }) => name === server)!
  // Of several keys libssh2 asks for the ECDSA one first.
  const shown = await stage.on(server, 'ssh-keygen', '-lf', '/etc/ssh/ssh_host_ecdsa_key.pub')
  await authorize(stage, server, stage.stored['backup.ssh.public']!)
  await stage.on(server, 'install', '-d', '-o', 'pi', '-g', 'pi', folder)
  return { kind: 'sftp', host: address, port: 22, user: 'pi', path: folder, hostKey: shown.split(' ')[1]! }
}

export async function backUp(stage: Stage, type: 'full' | 'diff' = 'full') {
  const { spec, secrets, fleet } = stage
  const told = { since: new Date(), signal: new AbortController().signal, emit: () => undefined }
  return takeBackup({ spec, secrets, fleet, ...told, type })
}

/** PostgreSQL tries again only every minute what it could not archive before the repository could be written. */
export const firstBackup = (stage: Stage, type: 'full' | 'diff' = 'full') =>
  eventually(300, async () => {
    const { status, message } = await backUp(stage, type)
    expect(status, message).toBe('succeeded')
  })
