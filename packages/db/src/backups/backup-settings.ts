/** Switching backups on, off, or to another place: a part of the spec, and the keys of a bucket, which are secret. */
import { BackupSpec } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { storeSecret } from '../secrets/secrets.ts'
import { lockCluster } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { findCluster } from '../store/ids.ts'
import { Refusal } from '../store/refusal.ts'
import { checkedSpec, settingsOf, specOf, withNodes } from '../store/specs.ts'

/** The names under which the engine finds them. */
const keyNames = { key: 'backup.s3.key', secret: 'backup.s3.secret' } as const

/**
 * `backup` null: no more backups are made; the repository stays as it is. `keys`: of a bucket, kept sealed; without them
 * the ones that are kept stay. Nothing changes on the Pis until a plan is approved.
 * Refusal `backup-invalid`, `keys-invalid`, `keys-missing`, `spec-invalid`, `run-active`, `cluster-unknown`.
 */
export async function changeBackups(input: {
  cluster: string
  backup: unknown
  keys?: { key: string; secret: string } | undefined
  by: string
}): Promise<void> {
  const { cluster: name, keys, by } = input
  const detail = input.backup === null ? 'off' : 'on'
  await audited({ who: by, what: 'backup.settings', target: name, detail }, async () => {
    const parsed = BackupSpec.nullable().safeParse(input.backup)
    if (!parsed.success) {
      const fields = fieldWords(parsed.error.issues, input.backup)
      throw new Refusal('backup-invalid', inOneLine(fields, 'backup'), 'Correct these and try again.', { fields })
    }
    const backup = parsed.data
    if (keys && [keys.key, keys.secret].some((text) => !/^[\x21-\x7e]{1,256}$/.test(text)))
      throw new Refusal('keys-invalid', 'The keys of the bucket contain invalid characters.', 'Copy them again.')
    await prisma().$transaction(async (tx) => {
      const { id } = await lockCluster(tx, name)
      const row = await tx.cluster.findUniqueOrThrow({ where: { id }, include: withNodes })
      const { backup: _, ...rest } = specOf(row)
      const spec = checkedSpec(backup ? { ...rest, backup } : rest)
      if (backup?.repository.kind === 's3' && keys)
        for (const part of ['key', 'secret'] as const) await storeSecret(tx, id, 'issued', keyNames[part], keys[part])
      const kept = await tx.secret.count({ where: { clusterId: id, purpose: 'issued', name: keyNames.secret } })
      if (backup?.repository.kind === 's3' && kept === 0)
        throw new Refusal('keys-missing', 'The bucket needs its access key and its secret key.', 'Enter both.')
      await tx.cluster.update({ where: { id }, data: { settings: settingsOf(spec), updatedAt: new Date() } })
    })
  })
}

/** The line for authorized_keys of an SFTP server; null: the cluster's secrets were not issued yet. */
export async function backupPublicKey(cluster: string): Promise<string | null> {
  const { id } = await findCluster(cluster)
  const key = { clusterId: id, purpose: 'issued', name: 'backup.ssh.public' }
  return (await prisma().secret.findUnique({ where: { clusterId_purpose_name: key } }))?.shown ?? null
}
